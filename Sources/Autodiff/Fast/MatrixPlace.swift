/// Rows of a matrix as they lie among the parameters, one behind the other.
struct MatrixPlace: Hashable {
  /// Index of the parameter.
  var parameter: Int
  /// Where the first of these rows begins.
  var offset: Int
  var rows: Int
  var columns: Int
}
