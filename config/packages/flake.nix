# For Nix: nix build 'git+file:///path/to/privmap?dir=config/packages'. It was evaluated by nix 2.8, with a
# stub in place of nixpkgs. It was not built: no nixpkgs could be had there.
{
  description = "Run programs on filesystems that refuse shared memory mappings";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixpkgs-unstable";

  outputs = { self, nixpkgs }:
    let
      lines = builtins.filter builtins.isString
        (builtins.split "\n" (builtins.readFile ../../Makefile));
      # The value of a variable in the Makefile.
      setting = name: builtins.head (builtins.concatMap
        (line: let found = builtins.match "${name} = (.*)" line; in if found == null then [ ] else found)
        lines);
      package = system:
        let pkgs = nixpkgs.legacyPackages.${system}; in
        pkgs.stdenv.mkDerivation {
          pname = "privmap";
          version = setting "VERSION";
          src = ../..;
          buildInputs = [ pkgs.libconfig ] ++ (if system == "x86_64-linux" then [ pkgs.zydis ] else [ ]);
          checkInputs = [ pkgs.cmocka ];
          postPatch = "patchShebangs tests integration config/packages";
          enableParallelBuilding = true;
          makeFlags = [ "PREFIX=${placeholder "out"}" "SYSCONFDIR=/etc" ];
          doCheck = true;
          checkTarget = "check-unit";
          meta = {
            description = "Run programs on filesystems that refuse shared memory mappings";
            homepage = setting "HOMEPAGE";
            license = pkgs.lib.licenses.mit;
            mainProgram = "privmap";
            platforms = [ system ];
          };
        };
    in
    {
      packages = builtins.listToAttrs (map
        (system: {
          name = system;
          value.default = package system;
        }) [ "x86_64-linux" "aarch64-linux" "i686-linux" ]);
    };
}
