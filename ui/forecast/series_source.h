#pragma once

#include <QObject>
#include <QStringList>
#include <optional>

#include "ui/engine/engine_process.h"
#include "ui/forecast/series_values.h"
#include "ui/shell/services.h"

namespace orrery::ui {

/// The table that is shown: how it is read, and the values of its columns as finely as they are
/// looked at. Asks the engine that has no model; newer questions win over those under way.
class SeriesSource : public QObject {
  Q_OBJECT

 public:
  explicit SeriesSource(Services& services, QObject* parent = nullptr);

  /// Reads a file; `settings` say how, where what is found in it is wrong.
  void open(const QString& file, const Json& settings);
  void close();
  /// Whose values are wanted.
  void setColumns(const std::vector<std::string>& columns);
  /// Has exact values come of these rows, if they are few enough.
  void lookAt(double begin, double end);

  QString file() const { return file_; }
  /// Nothing until the first part of the file is read.
  const std::optional<protocol::OpenTableResult>& table() const { return table_; }
  std::int64_t rows() const { return table_ ? table_->rows.value_or(0) : 0; }
  /// The finest values there are of rows `begin` to `end`.
  const SeriesValues& valuesOf(double begin, double end) const;
  const SeriesValues& whole() const { return whole_; }
  double step() const { return table_ ? table_->step.value_or(0) : 0; }
  /// The time of a row as text, or its number if the table has no times.
  QString rowText(double row) const;
  bool busy() const { return reading_ != 0 || fetching_ != 0; }

 signals:
  void previewed();  ///< how the file is read is known
  void opened();     ///< so is what all of it holds
  void valuesChanged();
  void failed(const QString& reason);
  void busyChanged();
  void progressed(double part);

 private slots:
  void onNotified(const QString& method, const orrery::Json& params);

 private:
  void read(bool whole);
  void fetch(std::int64_t first, std::int64_t count);
  void onValues(qint64 request, const protocol::TableSeriesResult& result,
                const std::vector<std::string>& columns, bool all);
  void drop();

  EngineProcess& engine_;
  QString file_;
  Json settings_;
  std::vector<std::string> columns_;
  std::optional<protocol::OpenTableResult> table_;
  SeriesValues whole_, detail_;
  qint64 reading_ = 0;   ///< request; 0: none
  qint64 fetching_ = 0;  ///< request; 0: none
  double wantedBegin_ = 0, wantedEnd_ = 0;
};

}  // namespace orrery::ui
