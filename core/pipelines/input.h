#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/json.h"

namespace orrery::pipelines {

/// A text, or two that belong together.
struct Text {
  std::string text;
  std::optional<std::string> pair{};
};

/// A text whose words are already separate (token-classification with is_split_into_words).
struct Words {
  std::vector<std::string> words;
};

/// What question-answering looks at.
struct Question {
  std::string question;
  std::string context;
};

/// A conversation: a list of objects with role and content.
struct Chat {
  OrderedJson messages;
};

/// A picture in a file (core/media tells which kinds are read).
struct Picture {
  std::filesystem::path file;
};

/// Pictures with a text about them: a prompt, or a question.
struct PictureText {
  std::vector<std::filesystem::path> pictures;
  std::string text;
};

/// A sound in a file (core/media/av tells which kinds are read).
struct Sound {
  std::filesystem::path file;
};

/// Series of numbers: the columns of a table in a file, or these columns.
struct Series {
  std::filesystem::path file;  ///< CSV or TSV; empty: the columns
  std::vector<std::pair<std::string, std::vector<float>>> columns{};  ///< NaN: missing
  std::optional<std::string> start{};                                 ///< time of the first value
  double step = 0;  ///< seconds from one value to the next
};

/// What a pipeline is given. Each task says which of these it takes.
class Input {
 public:
  Input(const char* text) : value_(Text{text}) {}
  Input(std::string text) : value_(Text{std::move(text)}) {}
  Input(Text text) : value_(std::move(text)) {}
  Input(Words words) : value_(std::move(words)) {}
  Input(Question question) : value_(std::move(question)) {}
  Input(Chat chat) : value_(std::move(chat)) {}
  Input(Picture picture) : value_(std::move(picture)) {}
  Input(PictureText asked) : value_(std::move(asked)) {}
  Input(Sound sound) : value_(std::move(sound)) {}
  Input(Series series) : value_(std::move(series)) {}

  /// From the forms that transformers' pipelines take: a string; {"text", "text_pair"};
  /// {"question", "context"}; {"image"} or {"audio"} with the name of a file, {"image", "question"}
  /// and {"images", "text"} with one name or several; {"series"} with the name of a file;
  /// {"values"}, a list of numbers or an object of such lists by column, null where one is missing,
  /// with "start" and "step" (seconds); a list of words; a list of messages. An Error that names
  /// the field if it is none of these.
  static Input fromJson(const OrderedJson& json);

  /// This input as one of the structs above; an Error that says what was found if it is another.
  template <class T>
  const T& as() const {
    if (const T* value = std::get_if<T>(&value_)) return *value;
    refuse(kindOf(Variant(T{})));
  }
  template <class T>
  bool is() const {
    return std::holds_alternative<T>(value_);
  }

 private:
  using Variant = std::variant<Text, Words, Question, Chat, Picture, PictureText, Sound, Series>;
  static std::string_view kindOf(const Variant& value);
  [[noreturn]] void refuse(std::string_view expected) const;

  Variant value_;
};

/// The sound that a task of sounds is given: as such, or by the plain name of its file.
Sound soundOf(const Input& input);

}  // namespace orrery::pipelines
