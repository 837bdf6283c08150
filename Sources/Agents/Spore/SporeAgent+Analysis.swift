extension SporeAgent {
  /// What motor neurons see, where they look at a camera's image and drive in a plane.
  public var analyses: [Analysis] {
    guard let camera = shape.camera, options.decoder.form == .vector else { return [] }
    let outputs = shape.outputs
    // A negative gain turns the vector round.
    let turn = options.decoder.gain < 0 ? Double.pi : 0
    let drives = (0..<outputs).map {
      Double(SpikeDecoder.direction(of: $0, among: outputs)) + turn
    }
    return [
      Analysis(
        name: AnalysisKind.fields.rawValue,
        summary: "Receptive fields of motor neurons, and whether they lie opposite to the drive.",
        defaultEpisodes: 0
      ) { [self] _, _ in
        FieldAnalysis(loop.network.receptiveFields(of: camera), drives: drives).run()
      }
    ]
  }
}
