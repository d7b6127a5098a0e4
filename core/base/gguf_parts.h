#pragma once

#include <string>
#include <vector>

namespace orrery {

/// The names of all parts of the GGUF model whose first part is `file` ("…-00001-of-0000N.gguf"),
/// in their order; `file` alone if it is whole, or named for more parts than any model has.
std::vector<std::string> ggufParts(const std::string& file);

}  // namespace orrery
