// A safetensors file: an Error, or tensors that a file written of them holds again.

#include "core/checkpoint/safetensors.h"
#include "tests/fuzz/support.h"

using namespace orrery;
using namespace orrery::checkpoint;

namespace {

bool sameTensor(const TensorView& a, const TensorView& b) {
  return a.dtype == b.dtype && a.shape == b.shape &&
         std::equal(a.data.begin(), a.data.end(), b.data.begin(), b.data.end());
}

void checkRewritten(const SafetensorsFile& file) {
  NamedTensors tensors;
  for (const auto& name : file.names()) tensors.emplace_back(name, *file.find(name));
  const std::string written = serializeSafetensors(tensors, file.metadata());
  const auto again = SafetensorsFile::parse(std::as_bytes(std::span(written)), nullptr, "again");
  if (again->metadata() != file.metadata()) std::abort();
  for (const auto& [name, view] : tensors)
    if (const auto found = again->find(name); !found || !sameTensor(*found, view)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::shared_ptr<const SafetensorsFile> file;
  fuzz::allowError(
      [&] { file = SafetensorsFile::parse(fuzz::bytesOf(data, size), nullptr, "fuzz"); });
  if (!file) return 0;
  fuzz::readTensors(*file);
  checkRewritten(*file);
  return 0;
}
