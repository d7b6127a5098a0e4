#include "core/media/library.h"

#include <dlfcn.h>

#include "core/base/error.h"

namespace orrery::media {

void* libraryEntry(const char* library, const char* entry, std::string_view without) {
  void* handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* reason = ::dlerror();
    throw Error(ErrorKind::kNotFound, "cannot be loaded, so {}: {}", without,
                reason ? reason : "unknown reason")
        .in(library);
  }
  void* found = ::dlsym(handle, entry);
  if (!found) throw Error(ErrorKind::kInternal, "has no entry point {}", entry).in(library);
  return found;
}

}  // namespace orrery::media
