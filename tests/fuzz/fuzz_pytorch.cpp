// A file of torch.save, or (when it does not begin as a zip file) the pickle inside of one.

#include "core/checkpoint/pickle.h"
#include "core/checkpoint/pytorch_zip.h"
#include "tests/fuzz/support.h"

using namespace orrery;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::bytesOf(data, size);
  fuzz::allowError([&] {
    if (fuzz::textOf(data, size).starts_with("PK"))
      fuzz::readTensors(*checkpoint::PytorchFile::parse(bytes, nullptr, "fuzz"));
    else
      checkpoint::readStateDictPickle(bytes);
  });
  return 0;
}
