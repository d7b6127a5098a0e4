#pragma once

#include <QAbstractTableModel>

#include "ui/speech/transcript.h"

namespace orrery::ui {

/// A transcript as rows of times and text, both of which can be edited; what is being recognised is
/// a last row, which cannot.
class TranscriptModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kStart, kEnd, kText, kColumnCount };

  using QAbstractTableModel::QAbstractTableModel;

  void setTranscript(const Transcript& transcript);
  const Transcript& transcript() const { return transcript_; }
  bool isDraft(int row) const;
  const HeardSegment& segment(int row) const;
  /// Puts one of the other readings of a word in its place.
  void choose(int row, int word, const OtherWord& other);
  /// The row whose times hold that moment, or -1.
  int rowAt(double seconds) const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role) override;

 signals:
  void edited();  ///< by the user

 private:
  void changed(int row);

  Transcript transcript_;
};

}  // namespace orrery::ui
