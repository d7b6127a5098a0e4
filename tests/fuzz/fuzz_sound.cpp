// Any bytes as a sound file, up to features of what is heard; the first byte tells which.

#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>

#include "core/base/json.h"
#include "core/media/av/sound.h"
#include "core/processors/feature_extractor.h"
#include "tests/fuzz/support.h"

using namespace orrery;

namespace {

/// A file in memory, by a path.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size)
      : path_("/dev/shm/fuzz_sound." + std::to_string(::getpid())) {
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    if (!file) std::abort();
    if (std::fwrite(data, 1, size, file) != size) std::abort();
    std::fclose(file);
  }
  ~MemoryFile() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const processors::FeatureExtractor& extractor(std::size_t index) {
  constexpr std::array<const char*, 4> kFiles{
      R"({"feature_extractor_type": "Wav2Vec2FeatureExtractor", "do_normalize": true})",
      R"({"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": 16, "chunk_length": 1})",
      R"({"feature_extractor_type": "ASTFeatureExtractor", "num_mel_bins": 16, "max_length": 50})",
      R"({"feature_extractor_type": "SeamlessM4TFeatureExtractor", "feature_size": 16})"};
  static std::array<std::unique_ptr<const processors::FeatureExtractor>, kFiles.size()> made;
  auto& one = made[index % kFiles.size()];
  if (!one) {
    const Json json = Json::parse(kFiles[index % kFiles.size()]);
    one = processors::FeatureExtractor::fromFile(JsonField(json, "preprocessor_config.json"),
                                                 "/nowhere");
  }
  return *one;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const MemoryFile file(data + 1, size - 1);
  fuzz::allowError([&] {
    auto reader = media::SoundReader::open(file.path(), 16000);
    std::vector<float> sound(32000);  // two seconds; the rest is read, and left
    const std::size_t heard = reader.read(sound);
    std::vector<float> rest(4096);
    for (int i = 0; i < 50 && reader.read(rest) > 0; ++i) continue;
    for (const float sample : sound)
      if (!std::isfinite(sample)) std::abort();
    if (heard == 0) return;
    sound.resize(heard);
    const auto features = extractor(data[0]).process(std::span(&sound, 1));
    if (features.empty()) std::abort();
  });
  return 0;
}
