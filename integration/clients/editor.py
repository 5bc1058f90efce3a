# SPDX-License-Identifier: MIT
"""editor.py ROOT FILE NAME OPTIONS ANSWERS: opens FILE, below ROOT, as an editor does, with a language
server for Rust on stdin and stdout. OPTIONS are the server's, as JSON. Writes to the file ANSWERS where
NAME in FILE is defined, seen from the directory that ROOT is in, and what the server shows about it. If
the server does not know, prints its reason to stderr, and exits with 1."""

import json
import os
import sys


class Server:
    def __init__(self):
        self.replies, self.requests = sys.stdin.buffer, sys.stdout.buffer
        self.asked = 0
        self.status = {}

    def send(self, **message):
        text = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.requests.write(b"Content-Length: %d\r\n\r\n%s" % (len(text), text))
        self.requests.flush()

    def read(self):
        length = 0
        while (line := self.replies.readline()) != b"\r\n":
            if not line:
                sys.exit("the server has ended")
            name, value = line.split(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message = json.loads(self.replies.read(length))
        if "method" in message and "id" in message:
            self.send(id=message["id"], result=None)
        if message.get("method") == "experimental/serverStatus":
            self.status = message["params"]
        return message

    def ask(self, method, params=None):
        """Asks again if the server has just read something new."""
        self.asked += 1
        self.send(id=self.asked, method=method, params=params)
        while (reply := self.read()).get("id") != self.asked or "method" in reply:
            pass
        if reply.get("error", {}).get("code") == -32801:
            return self.ask(method, params)
        if "error" in reply:
            sys.exit(f"{method}: {reply['error']['message']}")
        return reply["result"]


root, file, name, options, answers = sys.argv[1:]
root = os.path.realpath(root)
path = os.path.join(root, file)
with open(path, encoding="utf-8") as opened:
    text = opened.read()
lines = text.splitlines()
line = next(number for number, words in enumerate(lines) if name in words)
there = {
    "textDocument": {"uri": f"file://{path}"},
    "position": {"line": line, "character": lines[line].index(name)},
}

server = Server()
server.ask("initialize", {
    "processId": os.getpid(),
    "rootUri": f"file://{root}",
    "capabilities": {
        "experimental": {"serverStatusNotification": True},
        "textDocument": {"hover": {"contentFormat": ["plaintext"]}},
    },
    "initializationOptions": json.loads(options),
})
server.send(method="initialized", params={})
document = {"uri": f"file://{path}", "languageId": "rust", "version": 1, "text": text}
server.send(method="textDocument/didOpen", params={"textDocument": document})
while not server.status.get("quiescent"):
    server.read()
defined = server.ask("textDocument/definition", there)
shown = server.ask("textDocument/hover", there)
server.ask("shutdown")
server.send(method="exit")
if not defined or not shown:
    sys.exit(server.status.get("message") or f"{name}: the server does not know it")
with open(answers, "w", encoding="utf-8") as out:
    for place in defined:
        print(os.path.relpath(place["uri"][len("file://") :], os.path.dirname(root)), place["range"], file=out)
    print(shown["contents"]["value"], file=out)
