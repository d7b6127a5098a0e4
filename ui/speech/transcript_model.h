#pragma once

#include <QAbstractTableModel>
#include <optional>

#include "ui/speech/word_alignment.h"

namespace orrery::ui {

/// A transcript as rows of times and text, both of which can be edited; what is being recognised is
/// a last row, which cannot. Beside the text stands what another model heard, if there is any.
class TranscriptModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kStart, kEnd, kText, kOther, kColumnCount };

  using QAbstractTableModel::QAbstractTableModel;

  void setTranscript(const Transcript& transcript);
  const Transcript& transcript() const { return transcript_; }
  /// What another model heard, and its name; nothing: there is no other.
  void setComparison(const QString& title, std::optional<WordAlignment> alignment);
  bool isCompared() const { return alignment_.has_value(); }
  bool isDraft(int row) const;
  const HeardSegment& segment(int row) const;
  /// The words of a cell of text; none elsewhere.
  const std::vector<HeardWord>& words(const QModelIndex& index) const;
  /// How each of these stands to the other transcript; none if they are not compared.
  const std::vector<WordMatch>& matches(const QModelIndex& index) const;
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

  /// The row of the comparison, unless the segment has changed since.
  const WordAlignment::Row* compared(int row) const;

  Transcript transcript_;
  std::optional<WordAlignment> alignment_;
  QString otherTitle_;
};

}  // namespace orrery::ui
