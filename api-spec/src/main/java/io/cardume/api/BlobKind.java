package io.cardume.api;

/** What a blob is: the two differ in where they may be written and who may read them back. */
public enum BlobKind {
    /** Never shown again, and only ever in memory on the hosts. */
    SECRET("secret", 512_000, "/run/secrets"),
    /** May be read by whoever may ask the API. */
    CONFIG("config", 1_024_000, "/");

    private final String word;
    private final int sizeLimit;
    private final String directory;

    BlobKind(String word, int sizeLimit, String directory) {
        this.word = word;
        this.sizeLimit = sizeLimit;
        this.directory = directory;
    }

    /** The word users have for it: {@code secret} or {@code config}. */
    public String word() {
        return word;
    }

    /** It must be smaller than this, bytes. */
    public int sizeLimit() {
        return sizeLimit;
    }

    /** The directory of a container under which a relative name is. */
    public String directory() {
        return directory;
    }
}
