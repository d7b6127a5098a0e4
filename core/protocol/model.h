#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/json.h"

/// Loading a model into the engine.
namespace orrery::protocol {

/// The model that an engine holds.
struct ModelInfo {
  std::string path;
  std::string name;
  std::string modelType;
  std::string architecture;
  std::string dtype;  ///< of the computation: "float32", "bfloat16"
  std::string device;
  std::int64_t parameters = 0;
  int vocabSize = 0;
  int contextLength = 0;  ///< 0 if the model sets no limit
  int layers = 0;
  bool hasChatTemplate = false;
  bool takesPictures = false;  ///< messages may have parts of type "image"
  bool isEncoderDecoder = false;
  double loadSeconds = 0;
  Json generationConfig = Json::object();  ///< the model's own generation_config.json

  bool operator==(const ModelInfo&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f.optional("name", self.name);
    f.optional("model_type", self.modelType);
    f.optional("architecture", self.architecture);
    f.optional("dtype", self.dtype);
    f.optional("device", self.device);
    f.optional("parameters", self.parameters);
    f.optional("vocab_size", self.vocabSize);
    f.optional("context_length", self.contextLength);
    f.optional("layers", self.layers);
    f.optional("has_chat_template", self.hasChatTemplate);
    f.optional("takes_pictures", self.takesPictures);
    f.optional("is_encoder_decoder", self.isEncoderDecoder);
    f.optional("load_s", self.loadSeconds);
    f.optional("generation_config", self.generationConfig);
  }
};

/// Loads a model, with $/progress in bytes. An engine holds one: the one before is let go when the
/// requests that use it have ended.
struct LoadModelParams {
  static constexpr auto kMethod = "model/load";
  using Result = ModelInfo;

  std::string path;  ///< folder or .gguf file
  std::string device = "cpu";
  std::string dtype = "auto";  ///< "auto" (as stored), "float32", "bfloat16", "float16"
  std::optional<std::string> quantization;  ///< how to pack weights while loading
  int threads = 0;                          ///< 0: as many as the machine has cores

  bool operator==(const LoadModelParams&) const = default;
  static void fields(auto& f, auto& self) {
    f("path", self.path);
    f.optional("device", self.device);
    f.optional("dtype", self.dtype);
    f.optional("quantization", self.quantization);
    f.optional("threads", self.threads);
  }
};

}  // namespace orrery::protocol
