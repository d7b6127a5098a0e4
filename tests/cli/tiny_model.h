#pragma once

#include <QTemporaryDir>
#include <filesystem>
#include <functional>
#include <map>

#include "core/base/file.h"
#include "core/base/json.h"
#include "core/checkpoint/safetensors.h"

/// A Llama of one layer with constant weights in a folder of its own, which a test may spoil.
class TinyModel {
 public:
  using Path = std::filesystem::path;
  struct Tensor {
    std::vector<std::int64_t> shape;
    orrery::checkpoint::DType dtype = orrery::checkpoint::DType::kF32;
  };
  std::map<std::string, Tensor> tensors;
  orrery::Json config;

  explicit TinyModel(const char* name = "model") {
    folder_ = Path(parent_.path().toStdString()) / name;
    config = {{"model_type", "llama"},
              {"architectures", {"LlamaForCausalLM"}},
              {"vocab_size", 16},
              {"hidden_size", 8},
              {"intermediate_size", 12},
              {"num_hidden_layers", 1},
              {"num_attention_heads", 2},
              {"num_key_value_heads", 1},
              {"max_position_embeddings", 8},
              {"tie_word_embeddings", false}};
    tensors = {{"model.embed_tokens.weight", {{16, 8}}},
               {"model.norm.weight", {{8}}},
               {"lm_head.weight", {{16, 8}}}};
    const std::string layer = "model.layers.0.";
    for (const char* norm : {"input_layernorm", "post_attention_layernorm"})
      tensors[layer + norm + ".weight"] = {{8}};
    tensors[layer + "self_attn.q_proj.weight"] =
        tensors[layer + "self_attn.o_proj.weight"] = {{8, 8}};
    tensors[layer + "self_attn.k_proj.weight"] =
        tensors[layer + "self_attn.v_proj.weight"] = {{4, 8}};
    tensors[layer + "mlp.gate_proj.weight"] = tensors[layer + "mlp.up_proj.weight"] = {{12, 8}};
    tensors[layer + "mlp.down_proj.weight"] = {{8, 12}};
  }

  /// Writes what the members say; returns the folder.
  QString write() {
    std::filesystem::create_directories(folder_);
    orrery::writeFileAtomically(folder_ / "config.json", config.dump());
    const std::vector<std::byte> zeros(16 * 12 * 8);
    orrery::checkpoint::NamedTensors named;
    for (const auto& [name, tensor] : tensors) {
      const auto bytes = *orrery::checkpoint::tensorBytes(tensor.dtype, tensor.shape);
      named.push_back({name,
                       {.dtype = tensor.dtype,
                        .shape = tensor.shape,
                        .data = std::span(zeros).first(static_cast<std::size_t>(bytes)),
                        .owner = nullptr}});
    }
    orrery::checkpoint::writeSafetensors(weights(), named);
    return path();
  }

  Path weights() const { return folder_ / "model.safetensors"; }
  Path file(const char* name) const { return folder_ / name; }
  QString path() const { return QString::fromStdString(folder_.string()); }

 private:
  QTemporaryDir parent_;
  Path folder_;
};
