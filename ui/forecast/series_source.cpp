#include "ui/forecast/series_source.h"

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/protocol/lifecycle.h"
#include "ui/engine/engine_pool.h"

namespace orrery::ui {
namespace {

constexpr std::int64_t kPoints = 65536;  // rows that come exactly

}  // namespace

SeriesSource::SeriesSource(Services& services, QObject* parent)
    : QObject(parent), engine_(services.engines.files()) {
  connect(&engine_, &EngineProcess::notified, this, &SeriesSource::onNotified);
}

void SeriesSource::drop() {
  for (qint64* request : {&reading_, &fetching_})
    if (const qint64 id = std::exchange(*request, 0)) engine_.cancel(id);
  table_.reset();
  whole_ = {};
  detail_ = {};
}

void SeriesSource::close() {
  drop();
  file_.clear();
  emit busyChanged();
}

void SeriesSource::open(const QString& file, const Json& settings) {
  drop();
  file_ = file;
  settings_ = settings;
  read(/*whole=*/false);
  emit busyChanged();
}

void SeriesSource::read(bool whole) {
  const auto request = std::make_shared<qint64>(0);
  *request = engine_.request<protocol::OpenTableParams>(
      {.path = file_.toStdString(), .settings = settings_, .whole = whole}, this,
      [this, request, whole](const protocol::OpenTableResult& result) {
        if (*request != reading_) return;
        table_ = result;
        if (!whole) {
          read(/*whole=*/true);
          emit previewed();
          return;
        }
        reading_ = 0;
        emit busyChanged();
        emit opened();
      },
      [this, request](const EngineError& error) {
        if (*request != reading_) return;
        reading_ = 0;
        emit busyChanged();
        emit failed(error.message);
      });
  reading_ = *request;
}

void SeriesSource::setColumns(const std::vector<std::string>& columns) {
  const bool known = std::ranges::all_of(
      columns, [this](const std::string& column) { return whole_.has(column); });
  columns_ = columns;
  if (known || columns.empty() || rows() == 0) return;
  detail_ = {};
  fetch(0, -1);
}

void SeriesSource::lookAt(double begin, double end) {
  wantedBegin_ = begin;
  wantedEnd_ = end;
  const auto length = static_cast<std::int64_t>(std::ceil(end - begin)) + 2;
  if (whole_.empty() || whole_.exact() || fetching_ != 0 || length > kPoints) return;
  const double last = std::min(end, static_cast<double>(rows()));
  if (detail_.covers(std::max(0.0, begin), last)) return;
  // As much as may come at once, so that moving on needs no further question for a while.
  const auto spare = (kPoints - length) / 2;
  fetch(std::max<std::int64_t>(0, static_cast<std::int64_t>(begin) - spare), kPoints);
}

void SeriesSource::fetch(std::int64_t first, std::int64_t count) {
  if (fetching_ != 0) engine_.cancel(fetching_);
  protocol::TableSeriesParams params{.path = file_.toStdString(),
                                     .settings = settings_,
                                     .columns = columns_,
                                     .first = first,
                                     .count = count,
                                     .points = kPoints};
  const auto request = std::make_shared<qint64>(0);
  *request = engine_.request<protocol::TableSeriesParams>(
      params, this,
      [this, request, columns = columns_, all = count < 0](
          const protocol::TableSeriesResult& result) { onValues(*request, result, columns, all); },
      [this, request](const EngineError& error) {
        if (*request != fetching_) return;
        fetching_ = 0;
        emit busyChanged();
        emit failed(error.message);
      });
  fetching_ = *request;
  emit busyChanged();
}

void SeriesSource::onValues(qint64 request, const protocol::TableSeriesResult& result,
                            const std::vector<std::string>& columns, bool all) {
  if (request != fetching_) return;
  fetching_ = 0;
  emit busyChanged();
  try {
    (all ? whole_ : detail_) = SeriesValues(result, columns);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
    return;
  }
  emit valuesChanged();
  if (!all) lookAt(wantedBegin_, wantedEnd_);  // the view may have moved meanwhile
}

const SeriesValues& SeriesSource::valuesOf(double begin, double end) const {
  const double last = std::min(end, static_cast<double>(rows()));
  return detail_.covers(std::max(0.0, begin), last) ? detail_ : whole_;
}

QString SeriesSource::rowText(double row) const {
  const SeriesValues& values = valuesOf(row, row);
  if (!values.hasTimes()) return QLocale().toString(static_cast<qlonglong>(std::llround(row)) + 1);
  return rowTimeText(values.timeAt(row), step());
}

void SeriesSource::onNotified(const QString& method, const Json& params) {
  if (method != QLatin1String(protocol::ProgressParams::kMethod) || reading_ == 0) return;
  if (params.value("request", Json()) != Json(reading_)) return;
  const double total = params.value("total", 0.0);
  emit progressed(total > 0 ? params.value("done", 0.0) / total : -1);
}

}  // namespace orrery::ui
