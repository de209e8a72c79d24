package io.cardume.agent.door;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A certificate with its key.
 *
 * @param chain the certificate, then those that vouch for it
 * @param key its key
 */
record Identity(List<X509Certificate> chain, PrivateKey key) {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

    Identity {
        chain = List.copyOf(chain);
    }

    /**
     * Of PEM: one certificate or a chain, the host's own first, and its unencrypted key, in any order.
     *
     * @throws IllegalArgumentException if something is missing or does not belong together; says what
     */
    static Identity parse(byte[] pem) throws GeneralSecurityException {
        var chain = new ArrayList<X509Certificate>();
        Optional<Block> key = Optional.empty();
        var matcher = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1));
        while (matcher.find()) {
            var block = new Block(matcher.group(1), matcher.group(2));
            switch (block.kind()) {
                case "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE" -> chain.add((X509Certificate)
                        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.bytes())));
                case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY" -> key = Optional.of(block);
                case "ENCRYPTED PRIVATE KEY" -> throw new IllegalArgumentException("the key is encrypted; \"openssl pkey\" writes it without");
                default -> {} // EC PARAMETERS and other things that go along
            }
        }
        if (chain.isEmpty()) throw new IllegalArgumentException("it has no certificate: -----BEGIN CERTIFICATE-----");
        if (key.isEmpty()) throw new IllegalArgumentException("it has no key: -----BEGIN PRIVATE KEY-----");
        var own = chain.getFirst();
        var identity = new Identity(chain, key.get().kind().equals("PRIVATE KEY") ? key(own, key.get().bytes()) : key(own, wrapped(own, key.get().bytes())));
        if (!identity.belongs()) throw new IllegalArgumentException("the key is not that of the first certificate");
        return identity;
    }

    private record Block(String kind, String base64) {
        byte[] bytes() {
            if (base64.contains(":")) throw new IllegalArgumentException("the key is encrypted; \"openssl pkey\" writes it without");
            return Base64.getMimeDecoder().decode(base64);
        }
    }

    private static PrivateKey key(X509Certificate certificate, byte[] pkcs8) throws GeneralSecurityException {
        return KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    }

    /** A key in the older form of its algorithm, as PKCS 8 has it: what algorithm that is, the certificate's public key says. */
    private static byte[] wrapped(X509Certificate certificate, byte[] key) {
        var spki = certificate.getPublicKey().getEncoded();
        int inner = header(spki, 0);
        var algorithm = Arrays.copyOfRange(spki, inner, header(spki, inner) + length(spki, inner));
        var body = new ByteArrayOutputStream();
        body.writeBytes(new byte[] {2, 1, 0});
        body.writeBytes(algorithm);
        body.writeBytes(element(4, key));
        return element(0x30, body.toByteArray());
    }

    /** Where the content of a DER element begins. */
    private static int header(byte[] der, int at) {
        int first = der[at + 1] & 255;
        return at + 2 + (first < 128 ? 0 : first & 127);
    }

    private static int length(byte[] der, int at) {
        int first = der[at + 1] & 255;
        if (first < 128) return first;
        int length = 0;
        for (int i = 0; i < (first & 127); i++) length = length << 8 | der[at + 2 + i] & 255;
        return length;
    }

    private static byte[] element(int tag, byte[] content) {
        var out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 128) out.write(content.length);
        else {
            out.write(0x82);
            out.write(content.length >>> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private boolean belongs() throws GeneralSecurityException {
        var algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        var message = "cardume".getBytes(StandardCharsets.US_ASCII);
        var signing = Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update(message);
        var checking = Signature.getInstance(algorithm);
        checking.initVerify(chain.getFirst().getPublicKey());
        checking.update(message);
        return checking.verify(signing.sign());
    }
}
