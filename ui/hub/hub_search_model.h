#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "core/protocol/hub.h"

namespace orrery::ui {

class EngineProcess;
struct EngineError;

/// Models that the hub found, page by page as they are looked at. The answer to a query never takes
/// the place of a later one's; the rows of the query before stay until the first answer is there.
class HubSearchModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column {
    kName,
    kTask,
    kParameters,
    kSize,
    kFit,
    kLicense,
    kAccess,
    kDownloads,
    kLikes,
    kModified,
    kColumnCount
  };

  HubSearchModel(EngineProcess& engine, QObject* parent = nullptr);

  void search(const protocol::SearchHubParams& query);
  const protocol::SearchHubParams& query() const { return query_; }
  const protocol::HubModel& model(int row) const { return models_[static_cast<std::size_t>(row)]; }
  const std::vector<protocol::HubModel>& models() const { return models_; }
  bool busy() const { return request_ != 0; }
  bool hasMore() const { return !next_.empty(); }
  QString error() const { return error_; }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  bool canFetchMore(const QModelIndex& parent) const override;
  void fetchMore(const QModelIndex& parent) override;

 signals:
  void changed();  ///< rows, busy or error

 private:
  void ask(const protocol::SearchHubParams& params, bool first);
  void take(const protocol::SearchHubResult& result, bool first);

  EngineProcess& engine_;
  protocol::SearchHubParams query_;
  std::vector<protocol::HubModel> models_;
  std::string next_;
  QString error_;
  qint64 request_ = 0;  ///< that is being answered; 0: none
};

}  // namespace orrery::ui
