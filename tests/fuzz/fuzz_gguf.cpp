// A GGUF file: metadata, tensors under llama.cpp's names (unpacked) and under transformers', the
// configuration, and the vocabulary with a tokenizer made of it.

#include "core/checkpoint/dequantize.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/gguf_mapping.h"
#include "core/checkpoint/gguf_vocabulary.h"
#include "core/tokenizers/formats/gguf.h"
#include "tests/fuzz/support.h"

using namespace orrery;
using namespace orrery::checkpoint;

namespace {

void unpackTensors(const GgufFile& file) {
  for (const auto& name : file.names()) {
    const TensorView view = *file.find(name);
    std::vector<float> values(static_cast<std::size_t>(view.elements()));
    fuzz::allowError([&] { dequantize(view.dtype, view.data, values); });
  }
}

/// Each value in every form, of which most do not fit.
void readValues(const GgufFile& file) {
  for (const std::string_view key : file.keys()) {
    const GgufValue& value = file.require(key);
    fuzz::allowError([&] { value.integers(); });
    fuzz::allowError([&] { value.number(); });
    fuzz::allowError([&] { value.floats(); });
    fuzz::allowError([&] { value.booleans(); });
    fuzz::allowError([&] { value.strings(); });
  }
}

void tokenize(const GgufFile& file) {
  const auto tokenizer = tokenizers::fromGguf(readGgufVocabulary(file), file.architecture());
  const auto encoding = tokenizer->encode("a b\xc3\xa9 12  <s>\n");
  tokenizer->decode(encoding.ids);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::shared_ptr<const GgufFile> file;
  fuzz::allowError([&] { file = GgufFile::parse(fuzz::bytesOf(data, size), nullptr, "fuzz"); });
  if (!file) return 0;
  fuzz::readTensors(*file);
  unpackTensors(*file);
  readValues(*file);
  fuzz::allowError([&] { fuzz::readTensors(*mapGguf(file).weights); });
  fuzz::allowError([&] { tokenize(*file); });
  return 0;
}
