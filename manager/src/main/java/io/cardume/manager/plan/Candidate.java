package io.cardume.manager.plan;

/**
 * A node that can take a task, and how well it would do; the better, the lesser.
 *
 * @param host the node
 * @param replicas how many tasks of the same service are on it
 * @param shunned whether the service failed there of late
 * @param lot a number that decides between equals, another one for each service
 */
record Candidate(Host host, int replicas, boolean shunned, long lot) implements Comparable<Candidate> {
    /** Written out, for a plan compares millions of them. */
    @Override
    public int compareTo(Candidate other) {
        int order = Boolean.compare(shunned, other.shunned);
        if (order == 0) order = Integer.compare(replicas, other.replicas);
        if (order == 0) order = Integer.compare(host.load().tasks(), other.host.load().tasks());
        if (order == 0) order = Double.compare(other.host.free(), host.free());
        if (order == 0) order = Long.compare(lot, other.lot);
        return order == 0 ? host.node().id().compareTo(other.host.node().id()) : order;
    }
}
