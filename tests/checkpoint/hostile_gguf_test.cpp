// GGUF files whose numbers do not fit together.

#include <map>

#include "core/checkpoint/gguf_mapping.h"
#include "tests/checkpoint/support.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::checkpoint;
using test::raw;

namespace {

constexpr std::uint32_t kF32 = 0, kQ8_0 = 8;

struct FileTensor {
  std::string name;
  std::vector<std::uint64_t> shape;  ///< as in the file: the fastest dimension first
  std::uint32_t type;
  std::size_t bytes;
};

std::string text(const std::string& value) {
  return raw(static_cast<std::uint64_t>(value.size())) + value;
}

/// A file of that architecture with integers as its metadata.
std::string gguf(const std::string& architecture, const std::map<std::string, std::int64_t>& values,
                 const std::vector<FileTensor>& tensors) {
  std::string head = "GGUF" + raw(std::uint32_t{3}) + raw<std::uint64_t>(tensors.size()) +
                     raw<std::uint64_t>(values.size() + 1) + text("general.architecture") +
                     raw(std::uint32_t{8}) + text(architecture);
  for (const auto& [key, value] : values)
    head += text(architecture + "." + key) + raw(std::uint32_t{11}) + raw(value);
  std::string data;
  for (const FileTensor& tensor : tensors) {
    data.resize((data.size() + 31) / 32 * 32);
    head += text(tensor.name) + raw(static_cast<std::uint32_t>(tensor.shape.size()));
    for (const auto size : tensor.shape) head += raw(size);
    head += raw(tensor.type) + raw<std::uint64_t>(data.size());
    data.resize(data.size() + tensor.bytes);
  }
  head.resize((head.size() + 31) / 32 * 32);
  return head + data;
}

const FileTensor kEmbedding = {"token_embd.weight", {2, 3}, kF32, 24};

/// The error that mapping a file and asking for all its tensors ends in; empty if there is none.
QString errorOf(const std::string& file) {
  return test::errorOf([&] {
    const GgufModel model = mapGguf(GgufFile::parse(test::bytesOf(file), nullptr, "x.gguf"));
    for (const auto& name : model.weights->names()) model.weights->find(name);
  });
}

}  // namespace

class HostileGgufTest : public QObject {
  Q_OBJECT

 private slots:
  void noHeadsDivideNothing() {
    const std::map<std::string, std::int64_t> values = {
        {"block_count", 46}, {"embedding_length", 8}, {"attention.head_count", 0}};
    QCOMPARE(errorOf(gguf("gemma2", values, {kEmbedding})), "");
  }
  void moreHeadsThanRowsAreRefused() {
    const std::map<std::string, std::int64_t> values = {
        {"attention.head_count", std::int64_t{1} << 62}};
    const FileTensor query = {"blk.0.attn_q.weight", {2, 4}, kF32, 32};
    QVERIFY(errorOf(gguf("llama", values, {kEmbedding, query})).contains("has 4 rows"));
  }
  void packedVectorHasNoRows() {
    const std::map<std::string, std::int64_t> values = {{"attention.head_count", 2}};
    const FileTensor bias = {"blk.0.attn_q.bias", {32}, kQ8_0, 34};
    QVERIFY(errorOf(gguf("llama", values, {kEmbedding, bias})).contains("vector of type Q8_0"));
  }
  void emptyExpertsAreRefused() {
    const std::vector<std::uint64_t> shape = {1, std::uint64_t{1} << 62, 0};
    const FileTensor gate = {"blk.0.ffn_gate_exps.weight", shape, kF32, 0};
    const FileTensor up = {"blk.0.ffn_up_exps.weight", shape, kF32, 0};
    QVERIFY(errorOf(gguf("gpt-oss", {}, {kEmbedding, gate, up})).contains("are empty"));
  }
};

ORRERY_TEST(HostileGgufTest)
#include "hostile_gguf_test.moc"
