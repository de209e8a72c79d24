package io.cardume.agent.engine;

import io.cardume.api.TaskId;
import java.time.InstantSource;

class FakeEngineTest extends EngineContract {
    private final FakeEngine engine = new FakeEngine("fake", InstantSource.system());

    FakeEngineTest() {
        engine.present("image:1");
        engine.unknown("unknown:1");
    }

    @Override
    protected ContainerEngine engine() {
        return engine;
    }

    @Override
    protected String image() {
        return "image:1";
    }

    @Override
    protected void isAlsoCalled(String other) {
        engine.present(other, engine.imageId("image:1").orElseThrow());
    }

    @Override
    protected String unknownImage() {
        return "unknown:1";
    }

    @Override
    protected void exits(TaskId task, int code) {
        engine.exits(task, code);
    }

    @Override
    protected void says(TaskId task, String line) {
        engine.says(task, line);
    }

    @Override
    protected void commandWillEnd(TaskId task, int exitCode, String output) {
        engine.commandsEnd(task, exitCode, output);
    }

    @Override
    protected void healthy(TaskId task) {
        engine.healthy(task);
    }
}
