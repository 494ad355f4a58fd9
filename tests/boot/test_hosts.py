"""examples/docker.yml, containerd.yml and podman.yml: each machine boots to its engine on an empty disk and runs containers through
the engine's own interface; the next boot finds them again. `make packages-hosts` brings the packages; make test-slow."""

import pytest

from engine_host import Host, make

# Emulated programs in Go: too slow for make test.
pytestmark = pytest.mark.slow

REGISTRY = "  - {name: registry, image: slipway/registry, ready: {tcp: 5000, timeout: 10m}}"
WEB = "busybox httpd -f -p 8080 -h /etc"


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_docker(folder, arch):
    here = make(folder, "docker", REGISTRY, arch=arch)
    with Host(here, "docker", ports=[80, 2375, 5000], arch=arch) as m:
        m.up(known=False)
        m.ok("docker load -q -i /srv/box.tar")
        assert "from-runc" in m.ok("docker run --rm box echo from-runc")
        assert "from-ours" in m.ok("docker run --rm --runtime system-runtime box echo from-ours")
        # What a container may do: Docker's own default, and a seccomp profile.
        assert "CapEff:\t00000000a80425fb" in m.ok("docker run --rm box grep -E 'CapEff|Seccomp:' /proc/self/status")
        # Through the registry of the same machine.
        m.ok("docker tag box localhost:5000/box && svc exec docker docker push -q localhost:5000/box")
        m.ok("docker rmi -f localhost:5000/box && svc exec docker docker pull -q localhost:5000/box")
        m.ok("docker volume create kept && svc exec docker docker run --rm -v kept:/kept box touch /kept/it")
        m.ok(f"docker run -d --name web --restart always -p 80:8080 -v kept:/kept --memory 64m localhost:5000/box {WEB}")
        assert m.fetch(80, "passwd").startswith("root:")
        assert m.closed(2375) and m.closed(5000)
        m.down()
    with Host(here, "docker", ports=[80], arch=arch) as m:
        m.up(known=True)
        assert m.fetch(80, "passwd").startswith("root:")
        m.ok("docker exec web ls /kept/it")
        assert "67108864" in m.ok("docker inspect -f '{{.HostConfig.Memory}}' web")
        m.ok("docker image inspect -f '{{.Id}}' box")
        m.down()


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_containerd(folder, arch):
    here = make(folder, "containerd", arch=arch)
    box = "docker.io/library/box:latest"
    with Host(here, "containerd", arch=arch) as m:
        m.up(known=False)
        m.ok("ctr image import /srv/box.tar")
        assert "from-runc" in m.ok(f"ctr run --rm {box} one echo from-runc")
        assert "from-ours" in m.ok(f"ctr run --rm --runc-binary /usr/bin/system-runtime {box} two echo from-ours")
        m.ok(f"ctr run -d {box} kept sleep 100000")
        assert "RUNNING" in m.ok("ctr task ls")
        m.down()
    with Host(here, "containerd", arch=arch) as m:
        m.up(known=True)
        assert box in m.ok("ctr image ls") and "kept" in m.ok("ctr container ls")
        # Its process is not: who manages containerd starts it.
        m.ok("ctr task start -d kept")
        assert "kept" in m.ok("ctr task exec --exec-id x kept echo kept")
        m.down()


@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_podman(folder, arch):
    here = make(folder, "podman", arch=arch)
    with Host(here, "podman", ports=[80], arch=arch) as m:
        m.up(known=False)
        m.ok("podman load -q -i /srv/box.tar")
        assert "from-crun" in m.ok("podman run --rm box echo from-crun")
        assert "from-ours" in m.ok("podman --runtime system-runtime run --rm box echo from-ours")
        # Through the socket of its API, as other services have it.
        m.ok(f"podman --url unix:///run/podman/podman.sock run -d --name web --restart always -p 80:8080 box {WEB}")
        assert m.fetch(80, "passwd").startswith("root:")
        m.down()
    with Host(here, "podman", ports=[80], arch=arch) as m:
        m.up(known=True)
        assert m.fetch(80, "passwd").startswith("root:")
        assert "web" in m.ok("podman ps --format '{{.Names}} {{.Status}}'")
        m.down()
