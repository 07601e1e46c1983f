"""The servers that bench.py measures: pdmd, and nginx beside it. Each is a process of ours on a
free port of the loopback, pinned to one core, and ended by its pid."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
PDMD = BUILD / "pdmd"
SERVER_CORE, CLIENT_CORE = 0, 1

NGINX_CONF = """
worker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log;
events {{ worker_connections 1024; }}
http {{
	access_log off;
	server_tokens off;
	keepalive_timeout 600s;
	keepalive_requests 1000000000;
	client_body_temp_path client;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	ssl_certificate {cert};
	ssl_certificate_key {key};
	ssl_protocols TLSv1.2 TLSv1.3;
	default_type "application/json; charset=utf-8";
	server {{
		listen 127.0.0.1:{port};
		listen 127.0.0.1:{tls_port} ssl;
{headers}
		location / {{ return 200 '{body}'; }}
	}}
}}
"""


def pinned(core, command):
    """Without a second core there is nothing to pin. A core of None: on all of them."""
    if core not in os.sched_getaffinity(0) or len(os.sched_getaffinity(0)) < 2:
        return [str(word) for word in command]
    return ["taskset", "-c", str(core), *map(str, command)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"it ended with {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"nothing listens on port {port}")


def ask(port, command, body):
    """One request on a connection of its own; gives the answer's head and body as text."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = (f"POST /{command} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
               f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n").encode() + data
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, content = answer.decode().partition("\r\n\r\n")
    return head, content


class Process:
    """A server that runs, and what the kernel's books say about it."""

    running = []

    def __init__(self, command, stderr, env=None):
        with open(stderr, "ab") as log:
            self.process = subprocess.Popen(
                [str(word) for word in command], env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log)
        Process.running.append(self)

    @property
    def pid(self):
        return self.process.pid

    def cpu_seconds(self):
        """User and system time, of all its threads."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, name):
        """VmRSS: resident now; VmHWM: the most that ever was."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024 / 1e6
        raise RuntimeError(f"no {name} in /proc/{self.pid}/status")

    def before_round(self):
        pass

    def stop(self):
        Process.running.remove(self)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    @staticmethod
    def stop_all():
        while Process.running:
            Process.running[-1].stop()


class Nginx(Process):
    """One worker that answers every request with the same bytes."""

    name = "nginx"

    def __init__(self, folder, body, headers, certificate):
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.tls_port = free_port(), free_port()
        lines = "\n".join(f"\t\tadd_header {name} '{value}';" for name, value in headers)
        conf = folder / "nginx.conf"
        conf.write_text(NGINX_CONF.format(
            port=self.port, tls_port=self.tls_port, body=body, headers=lines,
            cert=certificate[0], key=certificate[1]))
        command = ["/usr/sbin/nginx", "-p", folder, "-e", "error.log", "-c", conf]
        super().__init__(pinned(SERVER_CORE, command), folder / "stderr.log")
        wait_for_port(self.port, self.process)
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        self.worker = int(pathlib.Path(children).read_text().split()[0])

    @property
    def pid(self):
        """The worker's: the master only watches over it."""
        return self.worker


class Pdmd(Process):
    """pdmd with one thread, since it has one core, on demo data that is kept for the next run.

    Its log stays as it is by default, a line for each request, and goes to a file that is emptied
    before each round."""

    name = "pdmd"

    def __init__(self, folder, arguments, settings=None, core=SERVER_CORE):
        folder.mkdir(parents=True, exist_ok=True)
        self.log_path = folder / "stderr.log"
        env = {**os.environ, "PDMD_SERVER_THREADS": "1", **(settings or {})}
        command = pinned(core, [PDMD, *arguments])
        self.log_path.write_text("")
        super().__init__(command, self.log_path, env)

    def before_round(self):
        os.truncate(self.log_path, 0)

    def allow_any_rate(self, folder):
        """The demo's key is good for 100,000 calls a second, which is not far enough away."""
        subprocess.run([PDMD, "key", "edit", "9001", "1", "--rate", "1000000", "--burst", "1000000",
                        "--dir", folder / "data"], check=True, stdout=subprocess.DEVNULL)

    @classmethod
    def demo(cls, folder, customers):
        server = cls(folder, ["demo", "--dir", folder / "data", "--customers", customers,
                              "--listen", "127.0.0.1:0", "--json"])
        line = server.process.stdout.readline()
        if not line:
            raise RuntimeError(f"pdmd demo did not start; see {server.log_path}")
        facts = json.loads(line)
        server.port = int(facts["url"].rsplit(":", 1)[1])
        server.key = facts["key"]
        server.allow_any_rate(folder)
        return server

    @classmethod
    def serve(cls, folder, settings=None, core=SERVER_CORE):
        port = free_port()
        server = cls(folder, ["serve", "--dir", folder / "data", "--listen", f"127.0.0.1:{port}"],
                     settings, core)
        server.port = port
        return server


def certificate(folder):
    """A self-signed one, ECDSA P-256, for both servers: (certificate file, key file)."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days", "30",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key
