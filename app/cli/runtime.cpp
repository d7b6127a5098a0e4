#include "app/cli/runtime.h"

#include <dlfcn.h>
#include <malloc.h>

#include <cstdlib>

#include "core/base/error.h"

namespace orrery {
namespace {

constexpr const char* kLibrary = "liborrery_runtime.so";

/// How LibTorch waits and where its memory comes from, which the process decides before it is
/// loaded. Threads of OpenMP that spin for milliseconds after each operation make a prompt ten
/// times slower when another program wants the processor, and buffers that go back to the system
/// after each operation cost a tenth of the time in page faults. A user's own settings win.
void prepareProcess() {
  ::setenv("GOMP_SPINCOUNT", "2000", 0);
  if (!std::getenv("MALLOC_MMAP_THRESHOLD_")) ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  if (!std::getenv("MALLOC_TRIM_THRESHOLD_")) ::mallopt(M_TRIM_THRESHOLD, 128 << 20);
}

/// The library lies where this program's own libraries do; the program's run path finds it.
Runtime& openRuntime() {
  prepareProcess();
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
