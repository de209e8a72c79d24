package io.cardume.manager.cluster;

/**
 * What a service's images are pulled with.
 *
 * @param registry whom it is for, and no other: that of the image it came with
 * @param sealed the login, sealed
 */
public record Login(String registry, String sealed) {
    /** Without what is secret. */
    @Override
    public String toString() {
        return "Login[" + registry + "]";
    }
}
