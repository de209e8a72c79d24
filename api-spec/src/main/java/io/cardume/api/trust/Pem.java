package io.cardume.api.trust;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/** Certificates and keys as text (RFC 7468). All keys are of elliptic curves. */
public final class Pem {
    private static final int LONGEST = 1 << 20;
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z ]{1,40})-----([A-Za-z0-9+/=\\s]*+)-----END \\1-----");
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    private Pem() {}

    /** The certificates one after the other. */
    public static String of(List<X509Certificate> certificates) {
        var text = new StringBuilder();
        for (X509Certificate certificate : certificates) text.append(of(certificate));
        return text.toString();
    }

    /** One certificate. */
    public static String of(X509Certificate certificate) {
        try {
            return block("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("a certificate cannot be written", e);
        }
    }

    /** A private key, unencrypted: for files that only their owner reads. */
    public static String of(PrivateKey key) {
        return block("PRIVATE KEY", key.getEncoded());
    }

    /** A public key. */
    public static String of(PublicKey key) {
        return block("PUBLIC KEY", key.getEncoded());
    }

    /**
     * All certificates of a text, in its order; other blocks are passed over.
     *
     * @throws IllegalArgumentException if one cannot be read
     */
    public static List<X509Certificate> certificates(String text) {
        var certificates = new ArrayList<X509Certificate>();
        for (byte[] der : blocks(text, "CERTIFICATE")) {
            try {
                certificates.add((X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der)));
            } catch (CertificateException e) {
                throw new IllegalArgumentException("what stands there as a certificate is none", e);
            }
        }
        return List.copyOf(certificates);
    }

    /**
     * The private key of a text.
     *
     * @throws IllegalArgumentException if there is none, or not of an elliptic curve
     */
    public static PrivateKey privateKey(String text) {
        return privateKey(only(text, "PRIVATE KEY"));
    }

    /** The private key of its PKCS #8 encoding. */
    public static PrivateKey privateKey(byte[] der) {
        try {
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (GeneralSecurityException e) {
            // The cause might quote the key.
            throw new IllegalArgumentException("what stands there as a private key is none of an elliptic curve");
        }
    }

    /**
     * The public key of a text.
     *
     * @throws IllegalArgumentException if there is none, or not of an elliptic curve
     */
    public static PublicKey publicKey(String text) {
        try {
            return KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(only(text, "PUBLIC KEY")));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("what stands there as a public key is none of an elliptic curve", e);
        }
    }

    private static byte[] only(String text, String kind) {
        var found = blocks(text, kind);
        if (found.size() != 1) throw new IllegalArgumentException("one " + kind + " is expected, found are " + found.size());
        return found.getFirst();
    }

    private static List<byte[]> blocks(String text, String kind) {
        if (text.length() > LONGEST) throw new IllegalArgumentException("a text of " + text.length() + " characters holds no " + kind);
        return BLOCK.matcher(text).results().filter(block -> block.group(1).equals(kind))
                .map(block -> Base64.getMimeDecoder().decode(block.group(2))).toList();
    }

    private static String block(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n" + LINES.encodeToString(der) + "\n-----END " + kind + "-----\n";
    }
}
