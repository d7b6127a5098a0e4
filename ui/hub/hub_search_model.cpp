#include "ui/hub/hub_search_model.h"

#include "ui/engine/engine_process.h"
#include "ui/hub/hub_query.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

bool isNumber(int column) {
  return column == HubSearchModel::kParameters || column == HubSearchModel::kSize ||
         column == HubSearchModel::kDownloads || column == HubSearchModel::kLikes;
}

QString countText(std::int64_t count) {
  return count > 0 ? shortCount(static_cast<double>(count)) : QString();
}

QString cellText(const protocol::HubModel& model, int column) {
  switch (column) {
    case HubSearchModel::kName:
      return QString::fromStdString(model.id);
    case HubSearchModel::kTask:
      return QString::fromStdString(model.task);
    case HubSearchModel::kParameters:
      return countText(model.parameters);
    case HubSearchModel::kSize:
      return model.weightBytes > 0 ? formatBytes(static_cast<double>(model.weightBytes))
                                   : QString();
    case HubSearchModel::kFit:
      return fitText(model.fit);
    case HubSearchModel::kLicense:
      return QString::fromStdString(model.license);
    case HubSearchModel::kAccess:
      if (model.isPrivate) return HubSearchModel::tr("private");
      return model.gated.empty() ? QString() : HubSearchModel::tr("gated");
    case HubSearchModel::kDownloads:
      return countText(model.downloads);
    case HubSearchModel::kLikes:
      return countText(model.likes);
    case HubSearchModel::kModified:
      return dayOf(model.modified);
    default:
      return {};
  }
}

QString tip(const protocol::HubModel& model, int column) {
  if (column == HubSearchModel::kFit && !model.fit.empty())
    return HubSearchModel::tr(
               "Its weights take %1; what else it takes is told on its page, for each length")
        .arg(formatBytes(static_cast<double>(model.weightBytes)));
  if (column == HubSearchModel::kAccess && !model.gated.empty())
    return model.gated == "auto"
               ? HubSearchModel::tr("Its licence must be accepted before it can be downloaded")
               : HubSearchModel::tr("Its authors decide who may download it");
  return QString::fromStdString(model.id);
}

QVariant colour(const protocol::HubModel& model, int column) {
  if (column == HubSearchModel::kName) return {};
  if (column == HubSearchModel::kAccess) return theme().warning;
  if (column != HubSearchModel::kFit) return theme().muted;
  if (model.fit == "fits") return theme().success;
  return model.fit == "tight" ? theme().warning : theme().danger;
}

}  // namespace

HubSearchModel::HubSearchModel(EngineProcess& engine, QObject* parent)
    : QAbstractTableModel(parent), engine_(engine) {}

void HubSearchModel::search(const protocol::SearchHubParams& query) {
  query_ = query;
  ask(query, true);
}

void HubSearchModel::ask(const protocol::SearchHubParams& params, bool first) {
  if (request_ != 0) engine_.cancel(request_);
  error_.clear();
  // Only the answer to the latest request is taken: request_ changes with each.
  const auto current = std::make_shared<qint64>(0);
  *current = engine_.request<protocol::SearchHubParams>(
      params, this,
      [this, current, first](const protocol::SearchHubResult& result) {
        if (*current == request_) take(result, first);
      },
      [this, current](const EngineError& error) {
        if (*current != request_ || error.cancelled()) return;
        request_ = 0;
        error_ = error.message;
        emit changed();
      });
  request_ = *current;
  emit changed();
}

void HubSearchModel::take(const protocol::SearchHubResult& result, bool first) {
  request_ = 0;
  next_ = result.next;
  if (first) {
    beginResetModel();
    models_ = result.models;
    endResetModel();
  } else if (!result.models.empty()) {
    const int row = rowCount();
    beginInsertRows({}, row, row + static_cast<int>(result.models.size()) - 1);
    models_.insert(models_.end(), result.models.begin(), result.models.end());
    endInsertRows();
  }
  emit changed();
}

bool HubSearchModel::canFetchMore(const QModelIndex& parent) const {
  return !parent.isValid() && !next_.empty() && request_ == 0 && error_.isEmpty();
}

void HubSearchModel::fetchMore(const QModelIndex& parent) {
  if (!canFetchMore(parent)) return;
  protocol::SearchHubParams more;
  more.page = next_;
  ask(more, false);
}

int HubSearchModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(models_.size());
}

int HubSearchModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumnCount;
}

QVariant HubSearchModel::data(const QModelIndex& index, int role) const {
  const protocol::HubModel& found = model(index.row());
  const int column = index.column();
  if (role == Qt::TextAlignmentRole && isNumber(column))
    return int(Qt::AlignRight | Qt::AlignVCenter);
  if (role == Qt::ForegroundRole) return colour(found, column);
  if (role == Qt::ToolTipRole) return tip(found, column);
  return role == Qt::DisplayRole ? cellText(found, column) : QVariant();
}

QVariant HubSearchModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section >= kColumnCount) return {};
  if (role == Qt::TextAlignmentRole)
    return int((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
  const QString titles[] = {tr("Model"),  tr("Task"),    tr("Params"), tr("Weights"),
                            tr("Memory"), tr("Licence"), tr("Access"), tr("Downloads"),
                            tr("Likes"),  tr("Changed")};
  return role == Qt::DisplayRole ? titles[section] : QVariant();
}

}  // namespace orrery::ui
