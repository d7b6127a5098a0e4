// What cannot be used ends in one line that names the place, what was found and what was expected;
// in exit code 1 (2 for wrong usage), soon, and in no more memory than a model of its size takes.

#include <sys/resource.h>

#include "tests/cli/command_line.h"
#include "tests/cli/tiny_model.h"
#include "tests/support/test_main.h"

using namespace orrery;
using checkpoint::DType;

namespace {

/// CPU time of all commands so far: machines are noisy.
double childSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The one line that a failing command prints; what is wrong with the failure, if something is.
QString failure(int code, const QStringList& arguments, const QString& prefix = {}) {
  const double before = childSeconds();
  const CommandResult run = runCli(arguments, prefix);
  const double seconds = childSeconds() - before;
  const QString line = QString::fromUtf8(run.error).trimmed();
  if (run.code != code) return QString("exit code %1: %2").arg(run.code).arg(line);
  if (line.count('\n') != 0 || !run.out.isEmpty()) return "more than one line: " + line;
  if (seconds > (kSanitized ? 10 : 2)) return QString("took %1 s: %2").arg(seconds).arg(line);
  return line;
}

#define EXPECT_FAILURE(code, fragment, ...)                                                 \
  do {                                                                                      \
    const QString line = failure(code, __VA_ARGS__);                                        \
    QVERIFY2(line.startsWith("orrery-cli: ") && line.contains(fragment), qPrintable(line)); \
  } while (false)

using Spoil = std::function<void(TinyModel&)>;

Spoil config(const char* field, Json value) {
  return [=](TinyModel& model) { model.config[field] = value; };
}
Spoil tensor(const char* name, TinyModel::Tensor tensor) {
  return [=](TinyModel& model) { model.tensors[name] = tensor; };
}

struct Case {
  const char* name;
  Spoil spoil;
  const char* expected;
};

const Case kModels[] = {
    {"unknown type", config("model_type", "mamba"),
     R"(/config.json: model_type: "mamba" is not supported; expected one of audio-spectrogram-transformer, autoformer, )"},
    {"no type", config("model_type", nullptr), "/config.json: model_type: expected a string"},
    {"text for a size", config("hidden_size", "8"),
     R"(/config.json: hidden_size: expected an integer, found "8")"},
    {"too many layers", config("num_hidden_layers", 1 << 30),
     "/config.json: num_hidden_layers: expected a size from 1 to 10000, found 1073741824"},
    {"too large a head", config("head_dim", 1 << 30),
     "/config.json: head_dim: expected a size from 1 to 65536"},
    {"foreign quantization", config("quantization_config", {{"quant_method", "gptq"}}),
     R"(/config.json: quantization_config.quant_method: "gptq" is not supported)"},
    {"rotary list", config("rope_parameters", Json::array()),
     "/config.json: rope_parameters: expected an object, found []"},
    {"unknown activation", config("hidden_act", "wavy"),
     R"(/model: activation "wavy": expected one of gelu, )"},
    {"unknown class", config("architectures", {"LlamaForNothing"}),
     R"(/model: class "LlamaForNothing" is not supported)"},
    {"missing tensor", [](TinyModel& model) { model.tensors.erase("model.norm.weight"); },
     "/model.safetensors: tensor model.norm.weight is missing (expected shape [8])"},
    {"another shape", tensor("model.norm.weight", {{2, 4}}),
     "/model.safetensors: tensor model.norm.weight has shape [2, 4], expected [8]"},
    {"vector of whole numbers", tensor("model.norm.weight", {{8}, DType::kI32}),
     "/model.safetensors: tensor model.norm.weight has type I32, expected a floating-point"},
    {"matrix of whole numbers", tensor("lm_head.weight", {{16, 8}, DType::kI8}),
     "/model.safetensors: tensor lm_head.weight has type I8, expected a floating-point"},
    {"layers left over", tensor("model.layers.7.x.weight", {{8}}),
     "/model: 1 tensors are not part of the model that the config describes, model.layers.7.x"},
};

struct Change {
  const char* name;
  std::function<std::string(std::string)> change;  ///< of model.safetensors
  const char* expected;
};

const Change kFiles[] = {
    {"empty", [](auto) { return ""; }, "has 0 bytes, too few for a safetensors file"},
    {"cut in the header", [](auto s) { return s.substr(0, 40); }, "header length is "},
    {"cut in the data", [](auto s) { return s.substr(0, s.size() - 1); }, "ends at byte "},
    {"too long", [](auto s) { return s + "x"; }, "but the file has "},
    {"foreign", [](auto) { return std::string(300, '\x89'); }, "header length is "},
    {"unknown dtype", [](auto s) { return s.replace(s.find("\"F32\""), 5, "\"F99\""); },
     "\"F99\" is not a data type of safetensors"},
};

}  // namespace

class BadInputTest : public QObject {
  Q_OBJECT

 private slots:
#ifdef ORRERY_WITH_ENGINE
  void modelsThatCannotBeBuilt() {
    for (const Case& row : kModels) {
      TinyModel model;
      row.spoil(model);
      EXPECT_FAILURE(1, row.expected, generate(model.write()));
    }
  }
  void whatIsWholeRuns() {
    TinyModel model("ein Mödell mit Lücken ✓");
    const CommandResult run =
        runCli(generate(model.write(), {"--ids", "1,2", "--set", "max_new_tokens=2", "--json"}));
    QCOMPARE(run.code, 0);
    QCOMPARE(Json::parse(run.out.toStdString()).at("sequences")[0].at("ids").size(),
             std::size_t{2});
  }
  void promptsAndSettings() {
    TinyModel model;
    const QString path = model.write();
    EXPECT_FAILURE(1, "prompt: expected at most 8 tokens, found 9",
                   generate(path, {"--ids", "1,1,1,1,1,1,1,1,1"}));
    EXPECT_FAILURE(1, "prompt: expected ids of at least 0 and below 16, found 16",
                   generate(path, {"--ids", "16"}));
    EXPECT_FAILURE(1, "--set top_p: expected a number in [0, 1], found 7",
                   generate(path, {"--ids", "1", "--set", "top_p=7"}));
    EXPECT_FAILURE(1, "--set num_beams: expected an integer in [1, 1024], found 100000000",
                   generate(path, {"--ids", "1", "--set", "num_beams=100000000"}));
    EXPECT_FAILURE(1, "--set top_q: unknown field",
                   generate(path, {"--ids", "1", "--set", "top_q=1"}));
    EXPECT_FAILURE(1, "quantization: ", generate(path, {"--ids", "1", "--quantization", "int8"}));
    EXPECT_FAILURE(1, "device: ", generate(path, {"--ids", "1", "--device", "cuda"}));
    EXPECT_FAILURE(1, "/model: no tokenizer here", generate(path, {"--prompt", "x"}));
    EXPECT_FAILURE(2, "--ids: expected token ids as 1,2,3, found none",
                   generate(path, {"--ids", ""}));
    EXPECT_FAILURE(2, "--dtype", generate(path, {"--ids", "1", "--dtype", "int3"}));
  }
  void aFullDiskLeavesNothingBehind() {
    TinyModel model;
    const QString path = model.write();
    writeInputs(model, {1, 3}, DType::kI64);
    const QString out = QString::fromStdString(model.file("out.safetensors").string());
    EXPECT_FAILURE(1, "/out.safetensors: cannot be written: File too large", forward(model, out),
                   "ulimit -f 0");
    for (const auto& entry : std::filesystem::directory_iterator(path.toStdString()))
      QVERIFY2(entry.path().string().find("out.safetensors") == std::string::npos,
               entry.path().c_str());
  }
  void outputsThatAreNoFileAreWrittenInto() {
    TinyModel model;
    model.write();
    writeInputs(model, {1, 3}, DType::kI64);
    const auto link = model.file("link");
    std::filesystem::create_symlink("/dev/stdout", link);  // a pipe here
    const CommandResult run = runCli(forward(model, QString::fromStdString(link.string())));
    QCOMPARE(run.code, 0);
    QVERIFY(run.out.contains("\"logits\""));
    QVERIFY(std::filesystem::is_symlink(link));
  }
  void inputsOfAForwardPass() {
    TinyModel model;
    model.write();
    const auto expect = [&](std::vector<std::int64_t> shape, DType dtype, const char* fragment) {
      writeInputs(model, shape, dtype);
      EXPECT_FAILURE(1, fragment, forward(model, "/nowhere/out.safetensors"));
    };
    expect({3}, DType::kI64, R"(input "input_ids": expected 2 dimensions and at least one id)");
    expect({1, 0}, DType::kI64, R"(input "input_ids": expected 2 dimensions and at least one id)");
    expect({1, 3}, DType::kF32, R"(input "input_ids": expected whole numbers, found Float)");
    expect({1, 3}, DType::kI64, "/nowhere/out.safetensors: cannot be written");
    writeInputs(model, {1, 3}, DType::kI64, {2, 7});
    EXPECT_FAILURE(1, R"(input "attention_mask": expected the shape of input_ids, [1, 3], found)",
                   forward(model, "/nowhere/out.safetensors"));
  }
#endif
  void weightFiles() {
    for (const Change& row : kFiles) {
      TinyModel model;
      const QString path = model.write();
      writeFileAtomically(model.weights(), row.change(readTextFile(model.weights())));
      EXPECT_FAILURE(1, row.expected, {"inspect", "--model", path});
      EXPECT_FAILURE(1, "/model.safetensors: ", {"inspect", "--model", path});
    }
  }
  void configurationsThatAreNone() {
    for (const char* text : {"", "{\"model_type\": \"lla", "[1]", "{\"model_type\": \"\xff\"}"}) {
      TinyModel model;
      const QString path = model.write();
      writeFileAtomically(model.file("config.json"), text);
      EXPECT_FAILURE(1, "/config.json: ", {"inspect", "--model", path});
    }
  }
  void ggufFiles() {
    TinyModel model;
    model.write();
    const QString path = QString::fromStdString(model.file("x.gguf").string());
    const auto expect = [&](std::string bytes, const char* fragment) {
      writeFileAtomically(path.toStdString(), bytes);
      EXPECT_FAILURE(1, fragment, {"inspect", "--model", path});
    };
    const std::string counts = std::string(8, '\0') + std::string(7, '\xff') + '\x0f';
    expect("", "/x.gguf: is not a GGUF file");
    expect("PK\3\4 and so on, for long enough", "/x.gguf: is not a GGUF file");
    expect(std::string("GGUF\x63\0\0\0", 8) + counts, "/x.gguf: is of GGUF version 99");
    expect(std::string("GGUF\3\0\0\0", 8) + counts, "/x.gguf: ends at byte 24");
    expect(std::string("GGUF\3\0", 6), "/x.gguf: ends at byte 6");
  }
  void textsThatAreNoUtf8() {
    TinyModel model;
    const QString path = model.write();
    writeFileAtomically(model.file("tokenizer.json"), R"({"model": {"type": "WordLevel",
        "vocab": {"a": 0}, "unk_token": "a"}})");
    writeFileAtomically(model.file("text.txt"), "abc \xff");
    EXPECT_FAILURE(1, "/text.txt: expected UTF-8, found the byte 0xFF at 4",
                   {"tokenize", "--model", path, "--file",
                    QString::fromStdString(model.file("text.txt").string())});
  }
  void templatesThatDoNotEnd() {
    TinyModel model;
    const QString path = model.write();
    writeFileAtomically(model.file("messages.json"), R"([{"role": "user", "content": "x"}])");
    for (const char* text :
         {"{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
          "{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "{{ 'x' * 1000000000000 }}",
          "{% for %}"}) {
      writeFileAtomically(model.file("chat_template.jinja"), text);
      EXPECT_FAILURE(1, "/chat_template.jinja: line 1: ",
                     {"template", "--model", path, "--messages",
                      QString::fromStdString(model.file("messages.json").string())});
    }
  }
  void wrongUsageNamesTheWord() {
    EXPECT_FAILURE(2, R"(unknown argument "dance")", {"dance"});
    EXPECT_FAILURE(2, R"(unknown argument "--loud")", {"info", "--loud"});
    EXPECT_FAILURE(2, "--model is required", {"inspect"});
  }
  void noneOfThisTookMuchMemory() {
    rusage usage{};
    ::getrusage(RUSAGE_CHILDREN, &usage);  // kilobytes, the largest of all commands
    QVERIFY2(usage.ru_maxrss < 600 * 1024, qPrintable(QString::number(usage.ru_maxrss)));
  }

 private:
  static QStringList generate(const QString& model, const QStringList& more = {"--ids", "1,2"}) {
    return QStringList{"generate", "--model", model} + more;
  }
  static QString inputsOf(const TinyModel& model) {
    return QString::fromStdString(model.file("in.safetensors").string());
  }
  /// input_ids of ones of that shape and type, and an attention_mask if `mask` is a shape.
  static void writeInputs(const TinyModel& model, std::vector<std::int64_t> shape, DType dtype,
                          std::vector<std::int64_t> mask = {}) {
    const std::vector<std::int64_t> ones(64, 1);
    const auto data = std::as_bytes(std::span(ones));
    const auto view = [&](const std::vector<std::int64_t>& of, DType type) {
      const auto bytes = static_cast<std::size_t>(*checkpoint::tensorBytes(type, of));
      return checkpoint::TensorView{
          .dtype = type, .shape = of, .data = data.first(bytes), .owner = nullptr};
    };
    checkpoint::NamedTensors tensors{{"input_ids", view(shape, dtype)}};
    if (!mask.empty()) tensors.push_back({"attention_mask", view(mask, DType::kI64)});
    checkpoint::writeSafetensors(model.file("in.safetensors"), tensors);
  }
  static QStringList forward(const TinyModel& model, const QString& outputs) {
    return {"forward", "--model", model.path(), "--inputs", inputsOf(model), "--outputs", outputs};
  }
};

ORRERY_TEST(BadInputTest)
#include "bad_input_test.moc"
