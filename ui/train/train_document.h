#pragma once

#include <QByteArray>
#include <QString>
#include <map>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "ui/train/train_beginnings.h"

namespace orrery::ui {

/// Settings of a run, as the JSON file that `orrery-cli train` takes. Members that the form does
/// not know stay. A plain value.
class TrainDocument {
 public:
  /// A model as for ETTh1, without data; a PatchTST where `start` is no new model.
  static TrainDocument standard(TrainStart start = TrainStart::kPatchTst);
  /// An Error names the file and what is wrong in it.
  static TrainDocument fromFile(const QString& path);
  explicit TrainDocument(OrderedJson json = OrderedJson::object()) : json_(std::move(json)) {}

  /// A member of the settings, or "config.NAME" of the model's configuration; null if it is not
  /// said.
  Json value(const std::string& name) const;
  QString text(const std::string& name) const;  ///< a member that is a text; else empty
  /// Null takes the member away.
  void set(const std::string& name, const Json& value);

  TrainStart start() const;
  /// Begins from something else; what of before does not fit comes back when it is wanted again.
  void setStart(TrainStart start);

  const OrderedJson& json() const { return json_; }
  QByteArray toFile() const;
  bool operator==(const TrainDocument& other) const { return json_ == other.json_; }

 private:
  void putAway(bool takesFeatures);
  OrderedJson freshConfig(TrainStart start, const OrderedJson& before) const;

  OrderedJson json_;
  /// What is not in use: configurations by their model type, and features that models of patches
  /// do not take.
  std::map<std::string, OrderedJson> put_;
};

/// A setting in which two runs differ, as texts; empty where it is not said.
struct SettingDifference {
  QString name;
  QString first;
  QString second;
  bool operator==(const SettingDifference&) const = default;
};

/// Members of the configuration are compared one by one. Where runs write and how they went on is
/// no difference.
std::vector<SettingDifference> settingDifferences(const Json& first, const Json& second);

/// The settings that tell runs apart, in a line: "lr 0.001 · cosine · batch 128 · 20 epochs".
QString settingsInShort(const Json& settings);
/// What a model begins as, in a line: "PatchTST, d_model 16, 336 → 96".
QString modelInShort(const Json& settings, const QString& modelType);

}  // namespace orrery::ui
