// Sentencepiece models, word lists, merges and GGUF vocabularies that are cut short or wrong: each
// ends in an error that names file and field. What good ones give is compared in
// reference_test.cpp.

#include <QTemporaryDir>
#include <cstring>
#include <functional>
#include <limits>

#include "core/base/file.h"
#include "core/tokenizers/formats/gguf.h"
#include "core/tokenizers/tokenizer.h"
#include "tests/support/test_main.h"

using namespace orrery;
using namespace orrery::tokenizers;
namespace fs = std::filesystem;

namespace {

/// A field of a protocol buffer with a value of known length.
std::string bytesField(int number, const std::string& bytes) {
  std::string key;
  for (int rest = number << 3 | 2; rest > 0; rest >>= 7)
    key += static_cast<char>((rest & 0x7F) | (rest > 0x7F ? 0x80 : 0));
  return key + static_cast<char>(bytes.size()) + bytes;
}

std::string numberField(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}

std::string piece(const std::string& text, float score, int type = 1) {
  std::string number(sizeof score, '\0');
  std::memcpy(number.data(), &score, sizeof score);
  return bytesField(1,
                    bytesField(1, text) + std::string{2 << 3 | 5} + number + numberField(3, type));
}

std::string unigramModel() {
  return piece("<unk>", 0, 2) + piece("▁", -2) + piece("a", -1) + bytesField(2, numberField(3, 1));
}

std::string errorOf(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace

class VocabularyFilesTest : public QObject {
  Q_OBJECT

 private slots:
  void init() { folder_ = std::make_unique<QTemporaryDir>(); }

  void wrongFilesAreNamed_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("error");
    const auto row = [](const char* name, const char* file, const std::string& content,
                        const char* error) {
      QTest::newRow(name) << file << QByteArray::fromStdString(content) << error;
    };
    const std::string nan = piece("a", std::numeric_limits<float>::quiet_NaN());
    row("no pieces", "spiece.model", "", "spiece.model: pieces: none found");
    row("text", "spiece.model", "{\"version\": 1}", "wire type");
    row("nan", "spiece.model", piece("▁", 0) + nan, "spiece.model: pieces[1]: score: is nan");
    row("piece type", "spiece.model", piece("a", 0, 9), "pieces[0]: type: is 9, expected 1 to 6");
    row("not UTF-8", "spiece.model", piece("\xFF", 0), "pieces[0]: piece: ");
    row("piece is a number", "spiece.model", numberField(1, 1), "pieces[0]: has the wire type 0");
    row("long number", "spiece.model", std::string(12, '\xFF'), "more than 10 bytes");
    row("algorithm", "spiece.model", piece("a", 0) + bytesField(2, numberField(3, 7)),
        "trainer_spec: model_type: is 7, expected 1 to 4");
    row("character map", "spiece.model", unigramModel() + bytesField(3, bytesField(2, "abc")),
        "spiece.model: precompiled_charsmap: ");
    row("no words", "vocab.txt", "", "vocab.txt: is empty");
    row("word not UTF-8", "vocab.txt", "a\n\xC3\n", "vocab.txt: byte 2 is not UTF-8");
    row("no merges", "vocab.json", "{\"a\": 0}", "merges.txt");
    row("vocabulary is a list", "vocab.json", "[1]", "vocab.json: expected an object, found [1]");
    row("wrong id", "vocab.json", "{\"a\": -1}", "token \"a\" has id -1");
  }
  void wrongFilesAreNamed() {
    QFETCH(const QString, file);
    QFETCH(const QByteArray, content);
    QFETCH(const QString, error);
    write(file.toStdString(), content.toStdString());
    for (const fs::path& path : {folder(), folder() / file.toStdString()}) {
      const std::string found = errorOf([&] { Tokenizer::load(path); });
      QVERIFY2(found.find(error.toStdString()) != found.npos, found.c_str());
      QVERIFY2(found.find(folder().string()) != found.npos, found.c_str());
    }
  }

  void everyCutOfAModelIsAnErrorOrALoad() {
    const std::string whole = unigramModel();
    int errors = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      write("spiece.model", whole.substr(0, size));
      const std::string found = errorOf([&] { Tokenizer::load(folder()); });
      if (found == "no error") continue;
      ++errors;
      QVERIFY2(found.find("spiece.model: ") != found.npos, found.c_str());
    }
    QVERIFY(errors > static_cast<int>(whole.size()) / 2);
    write("spiece.model", whole);
    QCOMPARE(Tokenizer::load(folder())->encode("a").ids, std::vector<TokenId>{2});
  }

  void everyAlteredByteIsAnErrorOrALoad() {
    const std::string whole = unigramModel() + bytesField(3, bytesField(2, std::string(12, 4)));
    for (std::size_t at = 0; at < whole.size(); ++at)
      for (const unsigned change : {0x01u, 0x04u, 0x80u, 0xFFu}) {
        std::string altered = whole;
        altered[at] = static_cast<char>(static_cast<unsigned char>(altered[at]) ^ change);
        write("spiece.model", altered);
        const std::string found = errorOf([&] { Tokenizer::load(folder())->encode("a ▁ b aa é"); });
        QVERIFY2(found == "no error" || found.find(": ") != found.npos, found.c_str());
      }
  }

  void mergesNameTheLine() {
    write("vocab.json", R"({"a": 0, "b": 1, "ab": 2})");
    write("merges.txt", "#version: 0.2\na b\nab\n");
    const std::string found = errorOf([&] { Tokenizer::load(folder()); });
    QVERIFY2(found.find("merges.txt: line 3: expected two tokens, found \"ab\"") != found.npos,
             found.c_str());
    write("merges.txt", "a c\n");
    const std::string missing = errorOf([&] { Tokenizer::load(folder()); });
    QVERIFY2(missing.find("token \"c\" is not in the vocabulary") != missing.npos, missing.c_str());
  }

  void classesThatAreNotKnownAreNamed() {
    write("spiece.model", unigramModel());
    write("tokenizer_config.json", R"({"tokenizer_class": "BarthezTokenizer"})");
    const std::string unknown = errorOf([&] { Tokenizer::load(folder()); });
    QVERIFY2(unknown.find("tokenizer_class \"BarthezTokenizer\" is not supported") != unknown.npos,
             unknown.c_str());
    write("tokenizer_config.json", R"({"tokenizer_class": "BertTokenizer"})");
    const std::string wrong = errorOf([&] { Tokenizer::load(folder()); });
    QVERIFY2(wrong.find("BertTokenizer is not made of such a file") != wrong.npos, wrong.c_str());
    write("tokenizer_config.json",
          R"({"tokenizer_class": "T5Tokenizer", "extra_ids": 1000000000})");
    const std::string many = errorOf([&] { Tokenizer::load(folder()); });
    QVERIFY2(many.find("tokenizer_config.json: extra_ids: expected 0 to") != many.npos,
             many.c_str());
  }

  void ggufVocabulariesThatLackSomethingSaySo() {
    checkpoint::GgufVocabulary gguf;
    gguf.model = "llama";
    gguf.tokens = {"<unk>", "a", "b", "ab"};
    QCOMPARE(ggufError(gguf), "tokenizer.ggml.scores is missing, but 4 tokens need it");
    gguf.scores = {0, 0, 0, std::numeric_limits<float>::infinity()};
    QCOMPARE(ggufError(gguf), "tokenizer.ggml.scores: expected finite numbers, found inf");
    gguf.scores[3] = 0;
    QCOMPARE(ggufError(gguf), "no error");
    gguf.merges = {"ab"};
    QCOMPARE(ggufError(gguf), "tokenizer.ggml.merges: expected two tokens, found \"ab\"");
    gguf.model = "rwkv";
    QVERIFY(ggufError(gguf).find("tokenizer.ggml.model: \"rwkv\" is not supported") == 0);
    gguf.merges.clear();
    gguf.model = "llama";
    gguf.tokens[3] = std::string(5000, 'a');
    QCOMPARE(ggufError(gguf),
             "tokenizer.ggml.tokens: token 3 has 5000 bytes, expected at most 256");
  }

 private:
  static std::string ggufError(const checkpoint::GgufVocabulary& gguf) {
    return errorOf([&] { fromGguf(gguf, "llama"); });
  }
  fs::path folder() const { return folder_->path().toStdString(); }
  void write(const std::string& name, const std::string& content) {
    writeFileAtomically(folder() / name, content);
  }

  std::unique_ptr<QTemporaryDir> folder_;
};

ORRERY_TEST(VocabularyFilesTest)
#include "vocabulary_files_test.moc"
