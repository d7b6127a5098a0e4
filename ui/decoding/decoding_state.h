#pragma once

#include <QObject>
#include <QStringList>
#include <optional>

#include "core/protocol/generate.h"

class QSettings;

namespace orrery::ui {

/// Settings of a generation: only what differs from the model's own generation_config.json.
struct DecodingSettings {
  Json fields = Json::object();
  std::string strategy;  ///< empty: what the fields say
  std::optional<std::int64_t> seed;
  bool operator==(const DecodingSettings&) const = default;
};

/// The fields to send for `settings`: theirs, and a limit on the answer's length where neither they
/// nor `modelConfig`, the model's own configuration, set one. Without a limit, generation ends
/// after the library's 20 tokens.
Json fieldsToSend(const DecodingSettings& settings, const Json& modelConfig);

Json toJson(const DecodingSettings& settings);
/// Reads what toJson wrote; what does not fit is left at its default.
DecodingSettings decodingFromJson(const Json& json);
/// One line: "temperature 0.7, top_p 0.9, seed 1"; "model's own settings" when nothing is set.
QString summary(const DecodingSettings& settings);

/// The decoding settings of the chat, the presets, and the fields that the engine offers.
/// Settings and presets are kept as they change.
class DecodingState : public QObject {
  Q_OBJECT

 public:
  explicit DecodingState(QSettings& store, QObject* parent = nullptr);

  const DecodingSettings& settings() const { return settings_; }
  void setSettings(const DecodingSettings& settings);
  /// Sets one field; null removes it, so that the model's own value holds.
  void setField(const std::string& name, const Json& value);

  const protocol::GenerationFieldsResult& fields() const { return fields_; }
  void setFields(protocol::GenerationFieldsResult fields);

  QStringList presets() const;
  void savePreset(const QString& name, const DecodingSettings& settings);
  void removePreset(const QString& name);
  DecodingSettings preset(const QString& name) const;
  /// Whether the user saved a preset of that name.
  bool isSaved(const QString& name) const;
  /// The preset with exactly these settings; empty if there is none.
  QString presetOf(const DecodingSettings& settings) const;

 signals:
  void settingsChanged();
  void fieldsChanged();
  void presetsChanged();

 private:
  QSettings& store_;
  DecodingSettings settings_;
  protocol::GenerationFieldsResult fields_;
};

}  // namespace orrery::ui
