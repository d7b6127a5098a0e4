#include "tests/generation/table_model.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>

namespace orrery::test {
namespace {

class TableSession final : public DecodingSession {
 public:
  TableSession(const Table& table, TableFactory& factory, std::optional<TokenId> encoderId)
      : table_(table), factory_(factory), encoderId_(encoderId), rows_(1), logits_(1) {}

  int vocabSize() const override { return static_cast<int>(table_.a.size()); }
  int contextLength() const override { return factory_.contextLength; }
  int rows() const override { return static_cast<int>(rows_.size()); }
  int length(int row) const override { return static_cast<int>(rows_.at(at(row)).size()); }

  void prefill(int row, std::span<const TokenId> ids, const CancelToken& cancel) override {
    cancel.throwIfCancelled();
    auto& history = rows_.at(at(row));
    history.insert(history.end(), ids.begin(), ids.end());
    compute(at(row));
  }
  void step(std::span<const TokenId> ids) override {
    ++factory_.steps;
    if (ids.size() != rows_.size())
      throw Error(ErrorKind::kInternal, "one id for each row expected");
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      rows_[row].push_back(ids[row]);
      compute(row);
    }
  }
  std::span<const float> logits(int row) const override { return logits_.at(at(row)); }
  void reorder(std::span<const int> order) override {
    std::vector<std::vector<TokenId>> rows;
    std::vector<std::vector<float>> logits;
    for (const int row : order) {
      rows.push_back(rows_.at(at(row)));
      logits.push_back(logits_.at(at(row)));
    }
    rows_ = std::move(rows);
    logits_ = std::move(logits);
  }
  void rewind(int row, int length) override { rows_.at(at(row)).resize(at(length)); }
  std::unique_ptr<DecodingSession> fork() const override {
    return std::make_unique<TableSession>(*this);
  }

 private:
  static std::size_t at(int index) { return static_cast<std::size_t>(index); }

  void compute(std::size_t row) {
    const auto& history = rows_[row];
    logits_[row] = table_.a.at(at(history.back()));
    const auto add = [&](const std::vector<float>& other) {
      for (std::size_t i = 0; i < other.size(); ++i) logits_[row][i] += other[i];
    };
    if (history.size() > 1) add(table_.b.at(at(history[history.size() - 2])));
    if (encoderId_) add(table_.c.at(at(*encoderId_)));
  }

  const Table& table_;
  TableFactory& factory_;
  std::optional<TokenId> encoderId_;
  std::vector<std::vector<TokenId>> rows_;
  std::vector<std::vector<float>> logits_;
};

}  // namespace

Table Table::fromJson(const Json& document) {
  Table table;
  document.at("a").get_to(table.a);
  document.at("b").get_to(table.b);
  document.at("c").get_to(table.c);
  for (const Json& bytes : document.at("tokens")) {
    std::string text;
    for (const Json& byte : bytes) text.push_back(static_cast<char>(byte.get<int>()));
    table.tokens.push_back(text);
  }
  return table;
}

Table Table::makeSmall(int vocabSize) {
  Table table;
  const auto size = static_cast<std::size_t>(vocabSize);
  const auto fill = [&](std::vector<std::vector<float>>& matrix, double scale) {
    matrix.assign(size, std::vector<float>(size));
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t j = 0; j < size; ++j)
        matrix[i][j] =
            static_cast<float>(scale * std::sin(static_cast<double>(i * 37 + j * 11 + 1)));
  };
  fill(table.a, 1.5);
  fill(table.b, 0.8);
  fill(table.c, 0.5);
  for (std::size_t i = 0; i < size; ++i)
    table.tokens.push_back(std::string(1, static_cast<char>('a' + i)));
  return table;
}

std::unique_ptr<DecodingSession> TableFactory::newSession(std::span<const TokenId> encoderIds) {
  std::optional<TokenId> id;
  if (encoder_) id = encoderIds.front();
  return std::make_unique<TableSession>(table_, *this, id);
}

Json oracleDocument(const std::string& name) {
  const char* folder = std::getenv("ORRERY_ORACLE_DIR");
  const std::string root = folder ? folder : ORRERY_BINARY_DIR "/oracle";
  return readJsonFile(std::filesystem::path(root) / "generation" / (name + ".json"));
}

std::vector<float> scoresFrom(const Json& list) {
  std::vector<float> scores;
  for (const Json& value : list)
    scores.push_back(value.is_null() ? -std::numeric_limits<float>::infinity()
                                     : value.get<float>());
  return scores;
}

}  // namespace orrery::test
