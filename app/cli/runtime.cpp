#include "app/cli/runtime.h"

#include <dlfcn.h>

#include "core/base/error.h"

namespace orrery {
namespace {

constexpr const char* kLibrary = "liborrery_runtime.so";

/// The library lies where this program's own libraries do; the program's run path finds it.
Runtime& openRuntime() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    const char* reason = ::dlerror();
    throw Error(ErrorKind::kNotFound, "cannot be loaded, so nothing can be computed: {}",
                reason ? reason : "unknown reason")
        .in(kLibrary);
  }
  using MakeRuntime = Runtime* (*)();
  const auto make = reinterpret_cast<MakeRuntime>(::dlsym(library, "orreryMakeRuntime"));
  if (!make) throw Error(ErrorKind::kInternal, "has no entry point orreryMakeRuntime").in(kLibrary);
  static const std::unique_ptr<Runtime> runtime(make());
  return *runtime;
}

}  // namespace

Runtime& runtime() {
  static Runtime& opened = openRuntime();
  return opened;
}

}  // namespace orrery
