#pragma once

#include <QTest>

#include "tests/hub/stand_in.h"
#include "tests/ui/workbench.h"
#include "ui/hub/hub_page.h"
#include "ui/library/library_panel.h"

namespace orrery::test {

/// The hub's address and a cache of its own, in the environment of engines that start from now on.
class HubHome {
 public:
  explicit HubHome(const StandIn& hub) {
    qputenv("HF_ENDPOINT", hub.address().toUtf8());
    qputenv("HF_HOME", folder_.path().toUtf8());
    qputenv("ORRERY_DATA", folder_.path().toUtf8());
    for (const char* name : {"HF_TOKEN", "HF_HUB_OFFLINE", "HF_HUB_CACHE", "HF_TOKEN_PATH",
                             "HUGGINGFACE_HUB_CACHE", "ORRERY_HUB_CACHES"})
      qunsetenv(name);
  }
  ~HubHome() { qunsetenv("HF_TOKEN"); }
  QString path() const { return folder_.path(); }
  QString cache() const { return folder_.filePath("hub"); }

 private:
  QTemporaryDir folder_;
};

/// A whole window over real engines.
inline Workbench makeBench() {
  return Workbench(qEnvironmentVariable("ORRERY_CLI"), {"engine"});
}

inline QJsonArray tensor(const char* type, std::initializer_list<int> shape) {
  QJsonArray extents;
  for (const int extent : shape) extents.append(extent);
  return {type, extents};
}

/// A model of a type that is run; its weights are a hole.
inline QJsonObject smallModel() {
  const QString config = R"({"model_type": "llama", "architectures": ["LlamaForCausalLM"],
    "vocab_size": 32000, "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 1,
    "num_attention_heads": 8, "num_key_value_heads": 8, "max_position_embeddings": 8192})";
  const QJsonObject tensors{{"model.embed_tokens.weight", tensor("BF16", {32000, 64})},
                            {"lm_head.weight", tensor("BF16", {32000, 64})},
                            {"model.norm.weight", tensor("BF16", {64})}};
  return {{"config.json", QJsonObject{{"text", config}}},
          {"README.md", QJsonObject{{"text", "---\nlicense: mit\n---\n# Small\n\nA *card*.\n"}}},
          {"flax_model.msgpack", QJsonObject{{"size", 900'000}}},
          {"model.safetensors", QJsonObject{{"safetensors", tensors}}}};
}

}  // namespace orrery::test
