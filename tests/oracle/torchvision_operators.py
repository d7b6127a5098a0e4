"""Lets `import torchvision` succeed beside a build of torch that its compiled operators do not fit.

reference.sh installs this as the environment's sitecustomize.py. torchvision registers shape functions for two of its
operators when it is imported, which fails if nobody declared them. Its transforms, all that is needed here, are Python.
"""

import importlib.abc
import sys

OPERATORS = ("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
             "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
declared = []  # a library takes its declarations along when it goes


class DeclareFirst(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname == "torchvision" and not declared:
            import torch

            declared.append(torch.library.Library("torchvision", "FRAGMENT"))
            for operator in OPERATORS:
                declared[0].define(operator)
        return None  # and let the next finder find it


sys.meta_path.insert(0, DeclareFirst())
