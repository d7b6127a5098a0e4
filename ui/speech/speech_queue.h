#pragma once

#include <QAbstractListModel>
#include <QSet>
#include <QTimer>
#include <vector>

#include "ui/speech/transcript.h"

namespace orrery::ui {

/// One recording and what was heard in it.
struct SpeechItem {
  enum class State { kWaiting, kRunning, kDone, kFailed };

  QString file;
  State state = State::kWaiting;
  QString problem;  ///< one sentence, of what failed
  Transcript transcript;
  Transcript before;   ///< while it is recognised anew: what there was until then
  QString model;       ///< that heard it; empty: nothing was heard to its end
  Transcript other;    ///< what another model heard
  QString otherModel;  ///< empty: that one has not come to the end
};

/// The recordings that were opened, in their order. Each is kept as a file in a folder soon after
/// it changes, so that neither an engine nor a window that dies loses words or edits.
class SpeechQueue : public QAbstractListModel {
  Q_OBJECT

 public:
  /// Reads what is kept in `folder`, which is made with the first recording.
  explicit SpeechQueue(QString folder, QObject* parent = nullptr);
  ~SpeechQueue() override;

  /// The row of a file, which is added if it is new.
  int add(const QString& file);
  void remove(int row);
  const SpeechItem& item(int row) const { return items_[static_cast<std::size_t>(row)]; }
  /// It is recognised from now on; what was heard before is kept until something else is.
  void begin(int row);
  /// Recognising has ended so.
  void end(int row, SpeechItem::State state, const QString& problem = {});
  void setWaiting(int row);
  void setTranscript(int row, const Transcript& transcript);
  /// Who has heard what there is to its end.
  void setModel(int row, const QString& model);
  /// Another model hears it from now on.
  void beginOther(int row);
  void setOther(int row, const Transcript& transcript, const QString& model = {});
  int rowOf(const QString& file) const;
  int nextWaiting() const;  ///< -1: none
  void saveNow();

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;

 signals:
  void failed(const QString& reason);

 private:
  void read();
  QString pathOf(const QString& file) const;
  void changed(int row);

  QString folder_;
  std::vector<SpeechItem> items_;
  QSet<QString> unsaved_;  ///< files
  QTimer save_;
};

}  // namespace orrery::ui
