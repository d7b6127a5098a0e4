// GGUF files whose numbers do not fit together.

#include <map>

#include "core/checkpoint/gguf_mapping.h"
#include "tests/checkpoint/support.h"
#include "tests/support/gguf_bytes.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::checkpoint;
using test::raw;

namespace {

constexpr std::uint32_t kF32 = 0, kQ8_0 = 8;

/// A file of that architecture with integers as its metadata.
std::string gguf(const std::string& architecture, const std::map<std::string, std::int64_t>& values,
                 const std::vector<test::GgufTensor>& tensors) {
  Json metadata{{"general.architecture", architecture}};
  for (const auto& [key, value] : values) metadata[architecture + "." + key] = value;
  return test::ggufBytes(metadata, tensors);
}

const test::GgufTensor kEmbedding = {"token_embd.weight", {2, 3}, kF32, 24};

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
    const test::GgufTensor query = {"blk.0.attn_q.weight", {2, 4}, kF32, 32};
    QVERIFY(errorOf(gguf("llama", values, {kEmbedding, query})).contains("has 4 rows"));
  }
  void packedVectorHasNoRows() {
    const std::map<std::string, std::int64_t> values = {{"attention.head_count", 2}};
    const test::GgufTensor bias = {"blk.0.attn_q.bias", {32}, kQ8_0, 34};
    QVERIFY(errorOf(gguf("llama", values, {kEmbedding, bias})).contains("vector of type Q8_0"));
  }
  void emptyExpertsAreRefused() {
    const std::vector<std::uint64_t> shape = {1, std::uint64_t{1} << 62, 0};
    const test::GgufTensor gate = {"blk.0.ffn_gate_exps.weight", shape, kF32, 0};
    const test::GgufTensor up = {"blk.0.ffn_up_exps.weight", shape, kF32, 0};
    QVERIFY(errorOf(gguf("gpt-oss", {}, {kEmbedding, gate, up})).contains("are empty"));
  }
};

ORRERY_TEST(HostileGgufTest)
#include "hostile_gguf_test.moc"
