#include "ui/hub/related_models.h"

#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kMostChildren = 6;
constexpr int kNameWidth = 268;  // pixels

}  // namespace

RelatedModels::RelatedModels(EngineProcess& engine, QWidget* parent)
    : QFrame(parent), requests_(engine, this) {
  auto* layout = layCard(this);
  layout->addWidget(makeLabel(tr("Related models"), "heading"));
  list_ = new QVBoxLayout;
  list_->setSpacing(4);
  layout->addLayout(list_);
}

void RelatedModels::clear() {
  requests_.startOver();
  clearLayout(*list_);
  lastRelation_.clear();
}

void RelatedModels::setModel(const protocol::HubModel& model) {
  clear();
  for (const std::string& base : model.baseModels) {
    const auto colon = base.find(':');
    const std::string id = colon == base.npos ? base : base.substr(colon + 1);
    if (id != model.id) add(tr("Made from"), id);
  }
  protocol::SearchHubParams params;
  params.tags = {"base_model:" + model.id};
  params.sort = "downloads";
  params.pageSize = kMostChildren;
  requests_.ask<protocol::SearchHubParams>(
      params,
      [this, id = model.id](const protocol::SearchHubResult& result) { showChildren(id, result); },
      [](const QString&) {});  // the page is whole without them
}

void RelatedModels::showChildren(const std::string& parent,
                                 const protocol::SearchHubResult& result) {
  const std::string quantized = "base_model:quantized:" + parent;
  for (const protocol::HubModel& child : result.models) {
    if (child.id == parent) continue;
    const bool packed =
        std::find(child.tags.begin(), child.tags.end(), quantized) != child.tags.end();
    add(packed ? tr("Quantized") : tr("Made of it"), child.id);
  }
  if (list_->count() == 0) list_->addWidget(makeLabel(tr("The hub names none."), "small"));
}

void RelatedModels::add(const QString& relation, const std::string& id) {
  if (relation != lastRelation_) list_->addWidget(makeLabel(relation, "small"));
  lastRelation_ = relation;
  const QString model = QString::fromStdString(id);
  const QString name = QStringLiteral("library.related%1").arg(list_->count());
  auto* button = makeButton(model, qPrintable(name), "choice");
  button->setAccessibleName(tr("%1: %2").arg(relation, model));
  button->setToolTip(model);
  button->setText(button->fontMetrics().elidedText(model, Qt::ElideMiddle, kNameWidth));
  connect(
      button, &QPushButton::clicked, this, [this, model] { emit chosen(model); },
      Qt::QueuedConnection);  // opening another model deletes the button
  list_->addWidget(button);
}

}  // namespace orrery::ui
