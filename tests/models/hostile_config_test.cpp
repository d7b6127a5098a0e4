// Values of config.json that would divide by zero or take memory before any weight is looked for.

#include "core/models/text/decoder_config.h"
#include "tests/support/test_main.h"

using namespace orrery;

namespace {

/// The error that reading a small configuration with these fields ends in; empty if there is none.
QString errorOf(const char* type, const Json& more) {
  Json config = {{"model_type", type},     {"hidden_size", 8},        {"num_attention_heads", 2},
                 {"intermediate_size", 4}, {"num_hidden_layers", 2},  {"vocab_size", 5},
                 {"num_experts", 2},       {"num_experts_per_tok", 1}};
  config.update(more);
  try {
    models::text::DecoderConfig::read(JsonField(config, "config.json"));
    return {};
  } catch (const Error& error) {
    return QString::fromUtf8(error.what());
  }
}

}  // namespace

class HostileConfigTest : public QObject {
  Q_OBJECT

 private slots:
  void smallConfigurationIsRead() { QCOMPARE(errorOf("qwen3_moe", Json::object()), ""); }
  void everyNoughthLayerIsRefused() {
    const auto check = [](const char* type, const char* field) {
      QCOMPARE(
          errorOf(type, {{field, 0}}),
          QString("config.json: %1: expected a size from 1 to 2147483648, found 0").arg(field));
    };
    check("smollm3", "no_rope_layer_interval");
    check("qwen3_moe", "decoder_sparse_step");
    check("gemma3_text", "sliding_window_pattern");
  }
  void billionsOfLayersAreRefused() {
    QVERIFY(errorOf("llama", {{"num_hidden_layers", 2'000'000'000}}).contains("from 1 to 10000"));
  }
  void rotaryParametersAreAnObject() {
    QCOMPARE(errorOf("llama", {{"rope_scaling", "linear"}}),
             "config.json: rope_scaling: expected an object, found \"linear\"");
    QCOMPARE(errorOf("llama", {{"rope_scaling", {{"type", 3}}}}),
             "config.json: rope_scaling.type: expected a string, found 3");
  }
};

ORRERY_TEST(HostileConfigTest)
#include "hostile_config_test.moc"
