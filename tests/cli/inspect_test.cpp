// inspect: what headers tell, without loading.

#include "tests/cli/command_line.h"
#include "tests/cli/tiny_model.h"
#include "tests/support/test_main.h"

using namespace orrery;
using checkpoint::DType;

namespace {

Json inspected(TinyModel& model) {
  const CommandResult run = runCli({"inspect", "--model", model.write(), "--json"});
  if (run.code != 0) qWarning("%s", run.error.constData());
  return run.code == 0 ? Json::parse(run.out.toStdString()) : Json();
}

Json tensorNamed(const Json& document, const std::string& name) {
  for (const Json& tensor : document.at("tensors"))
    if (tensor.at("name") == name) return tensor;
  return {};
}

#define COMPARE_JSON(found, expected)                             \
  do {                                                            \
    const Json a = (found), b = (expected);                       \
    QVERIFY2(a == b, (a.dump() + " is not " + b.dump()).c_str()); \
  } while (false)

}  // namespace

class InspectTest : public QObject {
  Q_OBJECT

 private slots:
  void documentTellsWhatTheHeadersSay() {
    TinyModel model;
    const Json document = inspected(model);
    COMPARE_JSON(document.at("architecture"), "LlamaForCausalLM");
    COMPARE_JSON(document.at("model_type"), "llama");
    // Embedding and head, three norms, q and o, k and v, gate, up and down.
    COMPARE_JSON(document.at("parameters"), 2 * 128 + 3 * 8 + 2 * 64 + 2 * 32 + 3 * 96);
    COMPARE_JSON(document.at("bytes"), 4 * 760);
    COMPARE_JSON(document.at("context_length"), 8);
    COMPARE_JSON(document.at("has_chat_template"), false);
    COMPARE_JSON(document.at("tokenizer").at("kind"), "");
    COMPARE_JSON(document.at("problem"), "");
    COMPARE_JSON(document.at("config_not_understood"), Json::array());
    QCOMPARE(document.at("tensors").size(), model.tensors.size());
    QVERIFY(document.at("available_bytes") > 0);
  }
  void memoryFollowsPrecisionAndContext() {
    TinyModel model;
    model.config["max_position_embeddings"] = 2048;
    const Json document = inspected(model);
    const Json rows = document.at("memory_by_precision");
    QCOMPARE(rows.size(), std::size_t{4});
    const auto weights = [&](std::size_t row) {
      return rows[row].at("contexts")[0].at("weight_bytes").get<int>();
    };
    QCOMPARE(weights(0), 4 * 760);
    QCOMPARE(weights(1), 4 * 760);
    QCOMPARE(weights(2), 2 * 736 + 4 * 24);  // vectors stay float32
    const Json& contexts = rows[0].at("contexts");
    QCOMPARE(contexts.size(), std::size_t{2});
    // Keys and values of one layer, one head of 4, float32.
    COMPARE_JSON(contexts[0].at("cache_bytes"), 2 * 4 * 4 * 1024);
    COMPARE_JSON(contexts[1].at("cache_bytes"), 2 * 4 * 4 * 2048);
    COMPARE_JSON(contexts[1].at("fits"), true);
  }
  void aSlidingWindowBoundsTheCache() {
    TinyModel model;
    model.config.update(
        {{"model_type", "mistral"}, {"sliding_window", 100}, {"max_position_embeddings", 2048}});
    const Json document = inspected(model);
    const Json& contexts = document.at("memory_by_precision")[0].at("contexts");
    COMPARE_JSON(contexts[1].at("cache_bytes"),
                 2 * 4 * 4 * (100 + 256));  // and what a rewind may need
  }
  void estimateIsWithinATenthOfTheMeasuredPeak() {
    const QString starter = qEnvironmentVariable("ORRERY_STARTER_MODEL");
    if (starter.isEmpty()) QSKIP("ORRERY_STARTER_MODEL names no model");
    if (kSanitized) QSKIP("the sanitizers take memory of their own");
    const CommandResult told = runCli({"inspect", "--model", starter, "--json"});
    const CommandResult run = runCli({"bench", "--model", starter, "--prompt-tokens", "1020",
                                      "--new-tokens", "4", "--repeats", "1", "--json"});
    QCOMPARE(told.code + run.code, 0);
    const Json estimate =
        Json::parse(told.out.toStdString()).at("memory_by_precision")[0].at("contexts")[0];
    QCOMPARE(estimate.at("context_tokens").get<int>(), 1024);
    const auto expected = estimate.at("total_bytes").get<double>();
    const double peak = Json::parse(run.out.toStdString()).at("peak_memory_bytes").get<double>();
    qInfo("estimate %.1f MB, peak %.1f MB", expected / 1e6, peak / 1e6);
    QVERIFY(std::abs(expected / peak - 1) < 0.1);
  }
  void eachTensorTellsHowItIsUsed() {
    TinyModel model;
    model.tensors["lm_head.weight"].dtype = DType::kBF16;
    model.tensors["model.norm.weight"].dtype = DType::kBF16;
    model.tensors["model.embed_tokens.weight"].dtype = DType::kF64;
    model.tensors["model.position_ids"] = {{1, 8}, DType::kI64};
    const Json document = inspected(model);
    const auto used = [&](const char* name) {
      const Json tensor = tensorNamed(document, name);
      return tensor.at("form").get<std::string>() + " " +
             tensor.at("memory_dtype").get<std::string>() + " " +
             std::to_string(tensor.at("memory_bytes").get<int>());
    };
    QCOMPARE(used("lm_head.weight"), std::string("mapped BF16 256"));
    QCOMPARE(used("model.norm.weight"), std::string("converted F32 32"));
    QCOMPARE(used("model.embed_tokens.weight"), std::string("converted F32 512"));
    QCOMPARE(used("model.position_ids"), std::string("unused  0"));
  }
  void fieldsThatNothingReadsAreNamed() {
    TinyModel model;
    model.config.update({{"rope_scaling", nullptr},
                         {"attention_dropout", 0.1},
                         {"transformers_version", "5.18.0"},
                         {"eos_token_id", 2},
                         {"temperature", 0.5},
                         {"tie_encoder_decoder", true},
                         {"attention_sharpness", 2}});
    const Json expected = {"attention_sharpness", "tie_encoder_decoder"};
    COMPARE_JSON(inspected(model).at("config_not_understood"), expected);
  }
  void keysThatARotaryTypeDoesNotUseAreNamed() {
    TinyModel model;
    model.config["rope_parameters"] = {{"rope_type", "linear"},
                                       {"rope_theta", 10000.0},
                                       {"factor", 2.0},
                                       {"beta_fast", 32},
                                       {"mrope_section", {1, 1}}};
    const Json expected = {"rope_parameters.beta_fast", "rope_parameters.mrope_section"};
    COMPARE_JSON(inspected(model).at("config_not_understood"), expected);
  }
  void aModelThatCannotBeRunIsToldWithItsReason_data() {
    QTest::addColumn<QString>("field");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("reason");
    QTest::newRow("type") << "model_type"
                          << R"("mamba")"
                          << "model_type: \"mamba\"";
    QTest::newRow("size") << "hidden_size"
                          << R"("8")"
                          << "hidden_size: expected an integer";
    QTest::newRow("quantized") << "quantization_config"
                               << R"({"quant_method": "gptq"})"
                               << "quantization_config.quant_method: \"gptq\"";
  }
  void aModelThatCannotBeRunIsToldWithItsReason() {
    QFETCH(QString, field);
    QFETCH(QString, value);
    QFETCH(QString, reason);
    TinyModel model;
    model.config[field.toStdString()] = Json::parse(value.toStdString());
    const Json document = inspected(model);
    const QString problem = QString::fromStdString(document.at("problem"));
    QVERIFY2(problem.contains(reason), qPrintable(problem));
    QCOMPARE(document.at("tensors").size(), model.tensors.size());
  }
  void theKindOfTokenizerStandsInItsFile() {
    TinyModel model;
    model.write();
    writeFileAtomically(model.file("tokenizer.json"),
                        R"({"normalizer": {"type": "NFC"}, "model": {"vocab": {"type": 1},
                            "merges": [{"type": "no"}], "type": "BPE"}, "rest": [)");
    const Json document = inspected(model);
    COMPARE_JSON(document.at("tokenizer").at("kind"), "BPE");
    COMPARE_JSON(document.at("tokenizer").at("file"), "tokenizer.json");
  }
  void peopleGetALineForEachGroupOfTensors() {
    TinyModel model;
    model.config["num_hidden_layers"] = 2;
    for (const auto& [name, tensor] : std::map(model.tensors))
      if (const auto at = name.find("layers.0"); at != name.npos)
        model.tensors[std::string(name).replace(at, 8, "layers.1")] = tensor;
    const CommandResult run = runCli({"inspect", "--model", model.write()});
    QCOMPARE(run.code, 0);
    QCOMPARE(run.out.count("mlp.up_proj"), 1);
    QVERIFY2(run.out.contains("model.layers.*.mlp.up_proj.weight \u00d72"), run.out.constData());
    QVERIFY2(run.out.contains("bfloat16"), run.out.constData());
  }
};

ORRERY_TEST(InspectTest)
#include "inspect_test.moc"
