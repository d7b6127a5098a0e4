#pragma once

#include <string_view>

namespace orrery::media {

/// The function `entry` of one of Orrery's own libraries, which is loaded the first time: what
/// brings many others with it, and is not always needed. The library lies where this one does.
/// Throws an Error of kind kNotFound that ends in what cannot be done without it ("no sound or
/// video can be read").
void* libraryEntry(const char* library, const char* entry, std::string_view without);

}  // namespace orrery::media
