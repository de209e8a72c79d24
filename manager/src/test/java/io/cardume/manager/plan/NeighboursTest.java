package io.cardume.manager.plan;

import static io.cardume.manager.plan.Scene.cluster;
import static io.cardume.manager.plan.Scene.constraint;
import static io.cardume.manager.plan.Scene.slot;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NeighboursTest {
    /** Who makes services in one stack does not say where those of another are; where both say so they do. */
    @Test
    void aStackBindsOthersOnlyIfTheyNameItToo() {
        var scene = cluster().nodes(2).service("db", 2).serviceLabelled("blog_db", 2, "com.docker.stack.namespace=blog")
                .serviceLabelled("shop_web", 2, "com.docker.stack.namespace=shop", "cardume.apart=db,blog_db,later").settled();
        scene.runsWhole("shop_web").service("later", 2).settled().runsWhole("later");
        scene.serviceLabelled("pay_db", 2, "com.docker.stack.namespace=pay", "cardume.apart=shop_api")
                .settled().serviceLabelled("shop_api", 1, "com.docker.stack.namespace=shop", "cardume.apart=pay_db").settled();
        assertThat(scene.live("shop_api")).allMatch(task -> task.node().isEmpty());
    }

    @Test
    void aServiceApartFromItselfHasOneTaskANode() {
        var scene = cluster().nodes(2).serviceLabelled("db", 3, "cardume.apart=self");
        assertThat(scene.where("db")).containsExactly("-", "n1", "n2");
        assertThat(scene.newest("db", slot(3)).status().err()).contains("kept apart from what is on 2 nodes");
        assertThat(Obstacles.to(scene.newest("db", slot(3)), scene.state(), scene.now()).toString())
                .contains("n1=another task of the service is there, and they are kept apart");
    }

    @Test
    void keepingApartHoldsForWhoeverComesLater() {
        var saidByTheSecond = cluster().nodes(3).service("web", 2).serviceLabelled("db", 3, "cardume.apart=web");
        assertThat(saidByTheSecond.where("web")).doesNotContainAnyElementsOf(saidByTheSecond.where("db").stream().filter(where -> !where.equals("-")).toList());
        assertThat(saidByTheSecond.where("db")).as("all where web is not").hasSize(3).doesNotContain("-");

        var saidByTheFirst = cluster().nodes(2).serviceLabelled("db", 1, "cardume.apart=web").service("web", 3);
        assertThat(saidByTheFirst.where("web")).doesNotContainAnyElementsOf(saidByTheFirst.where("db")).hasSize(3);
    }

    @Test
    void whereverTheOtherIsSaysSo() {
        var scene = cluster().nodes(2).service("web", 2).serviceLabelled("db", 1, "cardume.apart=web");
        assertThat(scene.where("db")).containsExactly("-");
        assertThat(scene.newest("db", slot(1)).status().err()).contains("kept apart from what is on 2 nodes");
        assertThat(Obstacles.to(scene.newest("db", slot(1)), scene.state(), scene.now()).toString())
                .contains("n2=a task of web is there, which is kept apart from it");
        scene.removed("web").settled();
        assertThat(scene.where("db")).doesNotContain("-");
    }

    @Test
    void keepingTogetherHoldsForWhoeverComesLater() {
        var saidByTheSecond = cluster().nodes(4).service("db", 2).serviceLabelled("web", 6, "cardume.together=db");
        assertThat(saidByTheSecond.where("web")).hasSize(6).isSubsetOf(saidByTheSecond.where("db"));

        var saidByTheFirst = cluster().nodes(4).serviceLabelled("web", 2, "cardume.together=db").service("db", 4);
        assertThat(saidByTheFirst.where("db")).hasSize(4).isSubsetOf(saidByTheFirst.where("web"));
    }

    @Test
    void aNameIsThatOfAServiceOfTheSameStack() {
        var scene = cluster().nodes(3).service("db", 3).serviceLabelled("shop_db", 1, "com.docker.stack.namespace=shop")
                .serviceLabelled("shop_web", 2, "com.docker.stack.namespace=shop", "cardume.apart=db");
        assertThat(scene.where("shop_web")).doesNotContain("-").doesNotContainAnyElementsOf(scene.where("shop_db"));
    }

    @Test
    void whoRunsNowhereBindsNobody() {
        var scene = cluster().nodes(2).serviceLabelled("web", 2, "cardume.together=db");
        assertThat(scene.where("web")).containsExactly("n1", "n2");
        scene.service("db", 1, constraint("node.hostname==nowhere"));
        assertThat(scene.where("db")).containsExactly("-");
        scene.scaled("web", 3);
        assertThat(scene.where("web")).doesNotContain("-");
    }

    @Test
    void whatIsKeptTogetherElsewhereSaysSo() {
        var scene = cluster().nodes(2).service("db", 1, constraint("node.hostname==n1"))
                .serviceLabelled("web", 1, constraint("node.hostname==n2"), "cardume.together=db");
        assertThat(scene.newest("web", slot(1)).status().err()).contains("a service to be kept together with is not on 1 node");
        var other = cluster().nodes(2).service("db", 1, constraint("node.hostname==n1"))
                .serviceLabelled("web", 5, Scene.cpus(1), "cardume.together=db");
        assertThat(other.where("web")).containsExactly("-", "n1", "n1", "n1", "n1");
        assertThat(other.newest("web", slot(5)).status().err())
                .contains("a service to be kept together with is not on 1 node").contains("insufficient resources on 1 node");
        assertThat(Obstacles.to(other.newest("web", slot(5)), other.state(), other.now()).toString())
                .contains("n2=no task of db is there, which is kept together with it and runs elsewhere");
    }
}
