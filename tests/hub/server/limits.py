"""Rate limits, in the headers that the hub has for them.

Scenario: "rate_limit": {"requests": N, "window_s": S, "retry_after": true}
"""

import threading
import time

from access import error


class RateLimit:
    def __init__(self, rule):
        self.rule, self.lock = rule, threading.Lock()
        self.began, self.count = 0.0, 0

    def refuse(self, request):
        if not self.rule:
            return None
        quota, window = self.rule["requests"], self.rule["window_s"]
        with self.lock:
            now = time.monotonic()
            if now - self.began >= window:
                self.began, self.count = now, 0
            self.count += 1
            if self.count <= quota:
                return None
            left = max(1, round(window - (now - self.began)))
        kind = "api" if request.raw_path.startswith("/api/") else "resolvers"
        headers = {"RateLimit": f'"{kind}";r=0;t={left}', "RateLimit-Policy": f'"fixed window";"{kind}";q={quota};w={window}'}
        if self.rule.get("retry_after"):
            headers["Retry-After"] = str(left)
        return error(429, "We had to rate limit your IP", None, headers)
