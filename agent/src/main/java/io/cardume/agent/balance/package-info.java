/** Leads what is sent to services' addresses and published ports to tasks that take requests, and the only room that runs {@code nft}, {@code conntrack} and {@code iptables} for it. */
package io.cardume.agent.balance;
