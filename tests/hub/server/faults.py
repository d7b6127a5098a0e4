"""Faults that the stand-in hub injects. A fault is a JSON object: which requests, and what becomes of them.

Which: "on" (a listener: hub, cdn, other), "method", "path" (a regular expression found in the target),
       "ranged" (true, false: with a Range header or without), "skip" (let so many pass first), "times"
       (then only so many; without it always).
What:  "status", with "retry_after", "error_code", "message"       an error instead of an answer
       "headers": {NAME: VALUE or null}                            set or taken away
       "redirect": "same" | "other" | "loop" | URL                 sent on, with "status" (302)
       "cut": N, "reset": true                                     closed after N bytes of the body
       "stall": N, "seconds": S                                    nothing for S seconds after N bytes
       "delay": S                                                  S seconds before the answer
       "drip": N, "seconds": S                                     N bytes at a time
       "length": N                                                 a wrong Content-Length
       "corrupt": N                                                one bit flipped in byte N
       "whole": true                                               200 with everything where a range was asked
       "endless": true                                             a body that does not end
       "bomb": N                                                   N zero bytes, compressed
       "body": TEXT, "deep": N, "huge": N                          this JSON; N lists in one another; N numbers
       "base64": TEXT                                              these bytes instead of the answer, headers too
       "move": {"repo", "branch", "commit"}                        a branch that moves just before
       "close": true                                               no answer at all
"""

import base64
import re
import threading
import zlib

from access import error
from wire import Response

WHICH = {"on", "method", "path", "ranged", "skip", "times"}
WHAT = {"status", "retry_after", "error_code", "message", "headers", "redirect", "cut", "reset", "stall", "seconds",
        "delay", "drip", "length", "corrupt", "whole", "endless", "bomb", "body", "deep", "huge", "base64", "move",
        "close"}


class Faults:
    def __init__(self, faults):
        self.lock = threading.Lock()
        self.set(faults)

    def set(self, faults):
        for fault in faults:
            if unknown := set(fault) - WHICH - WHAT:
                raise ValueError(f"fault: unknown key {sorted(unknown)[0]}")
        with self.lock:
            self.faults, self.seen = list(faults), [0] * len(faults)

    def of(self, request):
        """The first fault that concerns the request, counted; or {}."""
        with self.lock:
            for index, fault in enumerate(self.faults):
                if not concerns(fault, request):
                    continue
                self.seen[index] += 1
                number = self.seen[index] - fault.get("skip", 0)
                if 0 < number <= fault.get("times", number):
                    return fault
        return {}


def concerns(fault, request):
    return (fault.get("on", request.listener) == request.listener
            and fault.get("method", request.method) == request.method
            and fault.get("ranged", "range" in request.headers) == ("range" in request.headers)
            and re.search(fault.get("path", ""), request.target) is not None)


def instead(fault, request, others):
    """The answer that a fault gives in the place of the right one, or None."""
    if "close" in fault:
        return Response(raw=b"")
    if "base64" in fault:
        return Response(raw=base64.b64decode(fault["base64"]))
    if "redirect" in fault:
        return Response(fault.get("status", 302), {"Location": target_of(fault["redirect"], request, others)})
    if "status" in fault:
        headers = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
        return error(fault["status"], fault.get("message", f"Injected {fault['status']}"),
                     fault.get("error_code"), headers)
    if (body := json_body(fault)) is not None:
        return Response(200, {"Content-Type": "application/json"}, body)
    if "bomb" in fault:
        return Response(200, {"Content-Encoding": "gzip", "ETag": '"bomb"'}, bomb(fault["bomb"]))
    return None


def target_of(kind, request, others):
    return {"loop": request.target, "same": "/again" + request.target,
            "other": others["other"] + request.target}.get(kind, kind)


def json_body(fault):
    if "body" in fault:
        return fault["body"].encode("utf-8", "surrogateescape")
    if "deep" in fault:
        return b"[" * fault["deep"] + b"]" * fault["deep"]
    if "huge" in fault:
        return b"[" + b"1," * fault["huge"] + b"1]"
    return None


def bomb(size):
    """gzip without the pains of packing: the same packed block again and again, and no sum at the end."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\3" + block * (size >> 20)


def spoil(fault, response):
    """Changes a right answer as the fault says."""
    for name, value in fault.get("headers", {}).items():
        for known in [k for k in response.headers if k.lower() == name.lower()]:
            del response.headers[known]
        if value is not None:
            response.headers[name] = value
    response.length = fault.get("length")
    delivery = response.delivery
    delivery.cut, delivery.reset = fault.get("cut"), fault.get("reset", False)
    delivery.corrupt, delivery.endless = fault.get("corrupt"), fault.get("endless", False)
    if "stall" in fault:
        delivery.stall_after, delivery.stall_seconds = fault["stall"], fault["seconds"]
    if "drip" in fault:
        delivery.drip_bytes, delivery.drip_seconds = fault["drip"], fault.get("seconds", 0)
    return response
