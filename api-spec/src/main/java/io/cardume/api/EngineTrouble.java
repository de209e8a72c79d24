package io.cardume.api;

/**
 * What is wrong between an agent and its engine.
 *
 * @param words the engine's, or why it does not answer
 * @param lost whether it has been so for so long that the node is as good as silent
 */
public record EngineTrouble(String words, boolean lost) {
    public EngineTrouble {
        words = Copies.words(words);
    }

    /** In a sentence that can stand behind a node's name. */
    public String sentence() {
        return "its engine does not answer" + (words.isEmpty() ? "" : ": " + words);
    }
}
