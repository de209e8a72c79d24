package io.cardume.manager.store;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * A key of which those are derived that the log and its snapshots are sealed with.
 *
 * @param id what tells it from the others of a keyring; it stands in front of what is sealed, in clear
 * @param bytes {@link #BYTES} of them
 */
record DataKey(int id, byte[] bytes) {
    /** How long such a key is, and every derived one. */
    static final int BYTES = 32;

    DataKey {
        if (bytes.length != BYTES) throw new IllegalArgumentException("a key has " + BYTES + " bytes, not " + bytes.length);
    }

    /** One that nobody had before. */
    static DataKey fresh(int id) {
        var bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        return new DataKey(id, bytes);
    }

    /** The key for one purpose and salt: HKDF with SHA-256. */
    SecretKey derived(byte[] salt, byte[] purpose) {
        return derived(bytes, salt, purpose);
    }

    /** The same of other secret bytes. */
    static SecretKey derived(byte[] secret, byte[] salt, byte[] purpose) {
        try {
            return KDF.getInstance("HKDF-SHA256")
                    .deriveKey("AES", HKDFParameterSpec.ofExtract().addIKM(secret).addSalt(salt).thenExpand(purpose, BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK cannot derive keys", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DataKey that && id == that.id && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return id;
    }

    @Override
    public String toString() {
        return "key " + id;
    }
}
