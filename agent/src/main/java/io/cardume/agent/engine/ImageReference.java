package io.cardume.agent.engine;

/**
 * An image reference as a pull says it: without a tag the engine would pull all of them, so there is always one.
 *
 * @param name the repository, with its registry
 * @param version a tag or a digest
 */
record ImageReference(String name, String version) {
    /** Splits {@code [host[:port]/]path[:tag][@digest]}; a digest wins over a tag, and {@code latest} stands for neither. */
    static ImageReference of(String image) {
        int at = image.indexOf('@');
        String named = at < 0 ? image : image.substring(0, at);
        int colon = named.lastIndexOf(':');
        boolean tagged = colon > named.lastIndexOf('/');
        String name = tagged ? named.substring(0, colon) : named;
        if (at >= 0) return new ImageReference(name, image.substring(at + 1));
        return new ImageReference(name, tagged ? named.substring(colon + 1) : "latest");
    }
}
