#include "core/media/av/backend.h"

#include <dlfcn.h>

#include "core/base/error.h"

namespace orrery::media {
namespace {

constexpr const char* kLibrary = "liborrery_av_ffmpeg.so";

/// The library lies where this one does; the run path finds it.
AvBackend& openBackend() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char* reason = ::dlerror();
    throw Error(ErrorKind::kNotFound, "cannot be loaded, so no sound or video can be read: {}",
                reason ? reason : "unknown reason")
        .in(kLibrary);
  }
  using MakeBackend = AvBackend* (*)();
  const auto make = reinterpret_cast<MakeBackend>(::dlsym(library, "orreryMakeAvBackend"));
  if (!make)
    throw Error(ErrorKind::kInternal, "has no entry point orreryMakeAvBackend").in(kLibrary);
  static const std::unique_ptr<AvBackend> backend(make());
  return *backend;
}

}  // namespace

AvBackend& avBackend() {
  static AvBackend& opened = openBackend();
  return opened;
}

}  // namespace orrery::media
