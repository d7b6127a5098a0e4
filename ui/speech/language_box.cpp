#include "ui/speech/language_box.h"

#include <QCompleter>
#include <QLineEdit>
#include <QLocale>
#include <QSignalBlocker>
#include <algorithm>

namespace orrery::ui {

QString languageName(const QString& code) {
  // What QLocale does not know, or calls by the name of one of its written forms.
  const std::pair<const char*, const char*> others[] = {
      {"jw", "Javanese"}, {"no", "Norwegian"}, {"nn", "Nynorsk"},       {"tl", "Tagalog"},
      {"my", "Burmese"},  {"la", "Latin"},     {"ht", "Haitian Creole"}};
  for (const auto& [known, name] : others)
    if (code == QLatin1String(known)) return QString::fromLatin1(name);
  const QLocale::Language language = QLocale::codeToLanguage(code);
  if (language == QLocale::AnyLanguage || language == QLocale::C) return code;
  return QLocale::languageToString(language);
}

LanguageBox::LanguageBox(QWidget* parent) : QComboBox(parent) {
  setEditable(true);
  setInsertPolicy(NoInsert);
  completer()->setCompletionMode(QCompleter::PopupCompletion);
  completer()->setFilterMode(Qt::MatchContains);
  completer()->setCaseSensitivity(Qt::CaseInsensitive);
  connect(lineEdit(), &QLineEdit::editingFinished, this, &LanguageBox::takeTyped);
  connect(this, &QComboBox::activated, this, [this] { wanted_ = code(); });
  setModel({});
}

void LanguageBox::setModel(const protocol::SoundModelResult& model) {
  const QSignalBlocker quiet(this);
  clear();
  std::vector<std::pair<QString, QString>> names;
  for (const std::string& code : model.languages) {
    const QString known = QString::fromStdString(code);
    names.emplace_back(languageName(known), known);
  }
  std::ranges::sort(
      names, [](const auto& a, const auto& b) { return a.first.localeAwareCompare(b.first) < 0; });
  const bool english = model.recogniser == "whisper" && !model.multilingual;
  addItem(english                                      ? tr("English")
          : model.recogniser.empty()                   ? tr("Language")
          : names.empty() || model.recogniser == "ctc" ? tr("The model's language")
                                                       : tr("Detect language"),
          QString());
  for (const auto& [name, code] : names) addItem(name, code);
  setEnabled(!names.empty());
  setCode(wanted_);
}

void LanguageBox::setCode(const QString& code) {
  wanted_ = code;
  setCurrentIndex(std::max(0, findData(code)));
}

// A part of one name means that language; what is none brings back what was chosen.
void LanguageBox::takeTyped() {
  const QString typed = lineEdit()->text().trimmed();
  int found = findText(typed, Qt::MatchFixedString);
  if (found < 0 && !typed.isEmpty()) found = findText(typed, Qt::MatchStartsWith);
  if (found < 0 && !typed.isEmpty()) found = findText(typed, Qt::MatchContains);
  const bool chosen = found >= 0 && found != currentIndex();
  if (found >= 0) setCurrentIndex(found);
  setEditText(itemText(currentIndex()));
  if (chosen) emit activated(found);
}

}  // namespace orrery::ui
