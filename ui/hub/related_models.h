#pragma once

#include <QFrame>

#include "core/protocol/hub.h"
#include "ui/hub/model_requests.h"

class QVBoxLayout;

namespace orrery::ui {

/// What a model was made from, and the models that were made from it.
class RelatedModels : public QFrame {
  Q_OBJECT

 public:
  explicit RelatedModels(EngineProcess& engine, QWidget* parent = nullptr);

  void clear();
  /// Lists what `model` names, then asks the hub for what names it.
  void setModel(const protocol::HubModel& model);
  bool busy() const { return requests_.busy(); }

 signals:
  void chosen(const QString& model);

 private:
  void showChildren(const std::string& parent, const protocol::SearchHubResult& result);
  void add(const QString& relation, const std::string& id);

  ModelRequests requests_;
  QVBoxLayout* list_;
  QString lastRelation_;  ///< above the models listed last
};

}  // namespace orrery::ui
