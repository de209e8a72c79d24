"""A service's life as docker-py tells it to a manager: python3 clients.py, with DOCKER_HOST and the like; exit 0 if all went well."""
import sys
import time

import docker
from docker.types import EndpointSpec, Resources, RestartPolicy, ServiceMode


def until(what, condition, limit=120):
    """Asks every tenth of a second until the condition holds."""
    ends = time.monotonic() + limit
    seen = condition()
    while not seen:
        if time.monotonic() > ends:
            sys.exit("not within %d s: %s" % (limit, what))
        time.sleep(0.1)
        seen = condition()
    return seen


def running(service):
    return [task for task in service.tasks(filters={"desired-state": "running"}) if task["Status"]["State"] == "running"]


client = docker.from_env(version="auto")
assert client.ping()
assert client.info()["Swarm"]["ControlAvailable"]
assert len(client.nodes.list(filters={"role": "worker"})) == 3

service = client.services.create(
    "cardume/web:1", name="from-python", mode=ServiceMode("replicated", replicas=2), env=["COLOUR=blue"],
    labels={"made.by": "docker-py"}, constraints=["node.role==worker"], restart_policy=RestartPolicy("any", delay=0),
    resources=Resources(mem_limit=64 << 20), endpoint_spec=EndpointSpec(ports={18080: (8080, "tcp", "host")}))
until("2 tasks run", lambda: len(running(service)) == 2)
assert client.services.list(filters={"label": "made.by=docker-py"}) == [service]

service.reload()
assert service.scale(3)
until("3 tasks run", lambda: len(running(service)) == 3)

service.reload()
service.update(image="cardume/web:2", fetch_current_spec=True)
until("3 tasks of the new image run",
      lambda: [task["Spec"]["ContainerSpec"]["Image"] for task in running(service)] == ["cardume/web:2"] * 3)
assert isinstance(b"".join(service.logs(stdout=True, stderr=True)), bytes)

service.remove()
until("the service is gone", lambda: not client.services.list(filters={"name": "from-python"}))
