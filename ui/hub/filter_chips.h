#pragma once

#include <QWidget>
#include <map>
#include <vector>

#include "core/protocol/hub.h"

class QPushButton;
class QToolButton;

namespace orrery::ui {

/// The filters of a search as a row of chips. Each opens a menu of the hub's usual values and of
/// those found, with how many of the models found have them.
class FilterChips : public QWidget {
  Q_OBJECT

 public:
  enum Filter { kTask, kLibrary, kLicense, kSize, kGated, kLanguage, kFilterCount };

  explicit FilterChips(QWidget* parent = nullptr);

  /// The models that counts are made of; they must outlive the chips.
  void setFound(const std::vector<protocol::HubModel>* models) { found_ = models; }
  /// Sets the filters' fields of a query.
  void applyTo(protocol::SearchHubParams& query) const;
  void set(Filter filter, const QString& value);
  QString value(Filter filter) const { return values_[filter]; }
  void clear();
  bool any() const;

 signals:
  void changed();

 private:
  void fillMenu(Filter filter);
  std::map<QString, int> counts(Filter filter) const;
  void showValues();

  const std::vector<protocol::HubModel>* found_ = nullptr;
  QString values_[kFilterCount];
  QToolButton* chips_[kFilterCount];
  QPushButton* clear_;
};

}  // namespace orrery::ui
