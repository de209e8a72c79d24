package io.cardume.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The manager on this host, and how a command says where it is asked. */
final class ManagerHere {
    @Option(
            names = "--api",
            paramLabel = "unix://PATH|tcp://127.0.0.1:PORT",
            split = ",",
            defaultValue = "tcp://127.0.0.1:2475",
            description = {
                "Where the manager on this host is asked; of a list with commas, at the first of this host.",
                "CARDUME_API, default tcp://127.0.0.1:2475"
            })
    private List<String> api = new ArrayList<>();

    JsonNode ask(String method, String path, String body) throws IOException, InterruptedException {
        return new ApiClient(api).ask(method, path, body);
    }
}
