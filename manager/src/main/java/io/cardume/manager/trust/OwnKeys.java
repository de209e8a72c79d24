package io.cardume.manager.trust;

import io.cardume.api.trust.RootDigest;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * What a server shows, whatever is asked for: the present certificate. The one before it is kept too, for a handshake that has chosen
 * it and goes on after it was renewed.
 */
final class OwnKeys extends X509ExtendedKeyManager {
    private final Supplier<Optional<String>> present;
    private volatile List<Own> kept = List.of();

    /** A certificate, those up to a root, and its key; its name is its digest. */
    private record Own(String alias, PrivateKey key, List<X509Certificate> chain) {}

    /** @param present the name of the certificate to show, which has been {@link #put} by then; none if there is none now */
    OwnKeys(Supplier<Optional<String>> present) {
        this.present = present;
    }

    /** Keeps another one, and the last one before it. Its name is given back. */
    synchronized String put(PrivateKey key, List<X509Certificate> chain) {
        var next = new Own(RootDigest.of(chain.getFirst()).digits(), key, List.copyOf(chain));
        kept = kept.isEmpty() ? List.of(next) : List.of(next, kept.getFirst());
        return next.alias;
    }

    private Optional<Own> own(String alias) {
        return kept.stream().filter(one -> one.alias.equals(alias)).findFirst();
    }

    // Where the JDK's interface has null for nothing, so has this.

    @Override
    public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
        return type.equals("EC") ? present.get().orElse(null) : null;
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
        return chooseEngineServerAlias(type, issuers, null);
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
        return present.get().map(alias -> new String[] {alias}).orElseGet(() -> new String[0]);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return own(alias).map(one -> one.chain.toArray(X509Certificate[]::new)).orElse(null);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return own(alias).map(Own::key).orElse(null);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
        return new String[0];
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
        return null;
    }
}
