package io.cardume.agent.door;

import io.cardume.api.Payload;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/** The certificates of the hosts, each shown to who asks for its host; they are in memory only. */
final class Keys extends X509ExtendedKeyManager {
    private record Known(Map<String, Identity> bySecret, Map<String, String> secrets) {}

    private volatile Known known = new Known(Map.of(), Map.of());
    private Map<String, Payload> read = Map.of();

    /** Uses these; what is wrong with some, in words, by secret. */
    SortedMap<String, String> tell(DoorTable table) {
        var troubles = new TreeMap<String, String>();
        var secrets = table.secrets();
        var bySecret = new HashMap<String, Identity>();
        for (String secret : new TreeSet<>(secrets.values())) {
            var pem = Optional.ofNullable(table.certificates().get(secret));
            if (pem.isEmpty()) {
                troubles.put(secret, "secret " + secret + " with a certificate has not been delivered");
                continue;
            }
            try {
                var before = Optional.ofNullable(known.bySecret().get(secret)).filter(_ -> pem.get().equals(read.get(secret)));
                bySecret.put(secret, before.isPresent() ? before.get() : Identity.parse(pem.get().bytes()));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                troubles.put(secret, "secret " + secret + ": " + e.getMessage());
            }
        }
        read = Map.copyOf(table.certificates());
        known = new Known(Map.copyOf(bySecret), Map.copyOf(secrets));
        return troubles;
    }

    /** TLS with these certificates, whatever they are at the time. */
    SSLContext context() {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(new KeyManager[] {this}, null, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no TLS", e);
        }
    }

    @Override
    public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
        var known = this.known;
        var host = asked(engine);
        // Who asks for no host gets the certificate that is for every host, or the only one there is.
        var secret = DoorTable.particular(known.secrets(), host)
                .or(() -> known.bySecret().size() == 1 && host.isEmpty() ? known.bySecret().keySet().stream().findFirst() : Optional.empty());
        return secret.filter(known.bySecret()::containsKey)
                .filter(name -> keyType.startsWith(known.bySecret().get(name).key().getAlgorithm()))
                .orElse(null);
    }

    private static String asked(SSLEngine engine) {
        if (engine.getHandshakeSession() instanceof ExtendedSSLSession session)
            for (SNIServerName name : session.getRequestedServerNames())
                if (name instanceof SNIHostName host) return host.getAsciiName().toLowerCase(Locale.ROOT);
        return "";
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        var identity = known.bySecret().get(alias);
        return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        var identity = known.bySecret().get(alias);
        return identity == null ? null : identity.key();
    }

    @Override
    public String[] getServerAliases(String keyType, Principal[] issuers) {
        return known.bySecret().keySet().toArray(String[]::new);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal[] issuers) {
        return new String[0];
    }

    @Override
    public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
        return null;
    }

    @Override
    public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
        return null;
    }
}
